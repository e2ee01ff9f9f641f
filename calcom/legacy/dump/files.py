"""The files of a dump: which there are, whether all of them can be read, and what they hold in all.

They are read twice: once before anything is written, because half a dump helps nobody.
"""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from calcom.legacy.dump.cells import key_in
from calcom.legacy.dump.csv_file import CsvFile
from calcom.legacy.dump.errors import DumpRefused
from calcom.legacy.dump.json_file import JsonFile
from calcom.legacy.dump.lines import Read, Row
from calcom.legacy.dump.tables import BY_NAME, TABLES, Table

ENDINGS = (".csv", ".json", ".jsonl", ".ndjson")
_MOST_COMPANIES = 20
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class DumpFile:
    """One table's file."""

    table: Table
    path: Path
    encoding: str

    @contextmanager
    def rows(self) -> Iterator[Iterator[Read]]:
        """Its rows, in their order. Raises DumpRefused for what is no such file."""
        with self._open() as stream:
            yield iter(CsvFile(stream) if self.path.suffix == ".csv" else JsonFile(stream))

    def columns(self) -> set[str] | None:
        """The columns that its first line names; None for JSON, where each row names its own."""
        if self.path.suffix != ".csv":
            return None
        with self._open() as stream:
            return set(CsvFile(stream).columns)

    def _open(self) -> TextIO:
        return self.path.open(encoding=self.encoding, newline="")


@dataclass
class Survey:
    """What a first reading found. `fingerprint` tells one dump from another."""

    rows: dict[str, int] = field(default_factory=dict)
    companies: set[str] = field(default_factory=set)
    fingerprint: str = ""


def find(path: Path, *, table: str = "", encoding: str = "") -> list[DumpFile]:
    """The files of a folder that are named for their tables, or the one file. Raises DumpRefused."""
    if table and table not in BY_NAME:
        raise DumpRefused(f"there is no table “{table}”; these are read: {', '.join(BY_NAME)}")
    encoding = _known_encoding(encoding)
    if path.is_dir():
        found = [file for wanted in _wanted(table) if (file := _in_folder(path, wanted, encoding))]
        if not found:
            names = ", ".join(f"{one.name}.csv" for one in _wanted(table))
            raise DumpRefused(f"{path} holds no file of a table: {names} (or .json, .jsonl)")
        return found
    if path.suffix not in ENDINGS:
        raise DumpRefused(f"{path} is no folder and no file ending in {', '.join(ENDINGS)}")
    if not path.is_file():
        raise DumpRefused(f"there is no file {path}")
    if not table and path.stem not in BY_NAME:
        raise DumpRefused(f"say with --table which table {path.name} is: {', '.join(BY_NAME)}")
    return [DumpFile(BY_NAME[table or path.stem], path, encoding)]


def survey(files: list[DumpFile]) -> Survey:
    """Read all of it once. Raises DumpRefused, with file and line, for what cannot be read."""
    found, digest = Survey(), hashlib.sha256()
    for file in files:
        try:
            _survey(file, found)
            with file.path.open("rb") as raw:
                digest.update(file.table.name.encode() + hashlib.file_digest(raw, "sha256").digest())
        except UnicodeError as error:
            raise DumpRefused(_undecodable(file)) from error
        except DumpRefused as error:
            raise DumpRefused(f"{file.path.name}: {error}") from error
        except OSError as error:
            raise DumpRefused(f"{file.path} cannot be read: {error.strerror or error}") from error
    found.fingerprint = digest.hexdigest()[:32]
    return found


def _survey(file: DumpFile, found: Survey) -> None:
    columns = file.columns()
    seen: set[str] = set() if columns is None else columns
    if columns is not None:
        _refuse_missing(file, columns)
    count = 0
    with file.rows() as rows:
        for row in rows:
            count += 1
            if isinstance(row, Row):
                if columns is None:
                    seen.update(row.values)
                if len(found.companies) < _MOST_COMPANIES and (company := key_in(row.values, "company_id")):
                    found.companies.add(company)
    if columns is None and count:
        _refuse_missing(file, seen)
    found.rows[file.table.name] = count


def _refuse_missing(file: DumpFile, columns: set[str]) -> None:
    if missing := file.table.missing(columns):
        there = ", ".join(sorted(columns)[:20]) or "none"
        plural = "columns are" if len(missing) > 1 else "column is"
        raise DumpRefused(f"the {plural} missing: {', '.join(missing)}. There are: {there}")


def _wanted(table: str) -> list[Table]:
    return [one for one in TABLES if table in ("", one.name)]


def _in_folder(folder: Path, table: Table, encoding: str) -> DumpFile | None:
    paths = [path for ending in ENDINGS if (path := folder / f"{table.name}{ending}").is_file()]
    if len(paths) > 1:
        names = " and ".join(path.name for path in paths)
        raise DumpRefused(f"{folder} holds {names}: leave one of them")
    return DumpFile(table, paths[0], encoding) if paths else None


def _known_encoding(name: str) -> str:
    try:
        found = codecs.lookup(name or "utf-8-sig")
    except (LookupError, ValueError) as error:
        raise DumpRefused(f"there is no encoding “{name}”") from error
    if not found._is_text_encoding:
        raise DumpRefused(f"“{name}” is no encoding of text")
    return "utf-8-sig" if found.name == "utf-8" else found.name


def _undecodable(file: DumpFile) -> str:
    """The first line that is not of this encoding, and what to do."""
    decoder = codecs.getincrementaldecoder(file.encoding)()
    good = 0
    with file.path.open("rb") as raw:
        if file.encoding.startswith("utf-8") and raw.read(2) in _UTF16:
            return f"{file.path.name} is UTF-16, not UTF-8: say --encoding=utf-16"
        raw.seek(0)
        with suppress(UnicodeError):
            for line in raw:
                decoder.decode(line)
                good += 1
    name = file.encoding.removesuffix("-sig").upper()
    return (
        f"{file.path.name}, line {good + 1}: not {name}. Save it as UTF-8, or say what it is, "
        "as --encoding=windows-1252"
    )
