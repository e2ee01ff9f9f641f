"""Everything that people read has German."""

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils.translation import templatize

ROOT = Path(settings.BASE_DIR)
CATALOGUE = ROOT / "locale" / "de" / "LC_MESSAGES"
APPS = ("companies", "appointments", "calcom", "webhooks", "config")
MARKERS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
TEMPLATE_CALL = re.compile(r"""\bn?gettext\(\s*("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')""")
ENTRY = re.compile(r'^(msgctxt|msgid|msgid_plural|msgstr(?:\[\d\])?) ((?:".*"\n?)+)', re.MULTILINE)


def entries() -> Iterator[dict[str, str]]:
    """The entries of django.po, without its head."""
    for block in (CATALOGUE / "django.po").read_text().split("\n\n")[1:]:
        assert "#, fuzzy" not in block, block
        parts = ENTRY.findall(block)
        yield {name: "".join(ast.literal_eval(line) for line in text.splitlines()) for name, text in parts}


def marked() -> set[str]:
    """Texts marked for translation in our code and templates."""
    code = [path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]
    pages = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "templates").rglob("*.txt")]
    texts = [text for path in code for text in _calls(path.read_text())]
    return {*texts, *(text for path in pages for text in _tags(path.read_text()))}


def _tags(template: str) -> list[str]:
    """Texts of translate and blocktranslate, as Django extracts them."""
    return [ast.literal_eval(text) for text in TEMPLATE_CALL.findall(templatize(template))]


def _calls(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKERS and node.args:
            text = node.args[1 if node.func.id.startswith("pgettext") else 0]
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                yield text.value


def test_every_entry_has_german() -> None:
    for entry in entries():
        assert all(text for name, text in entry.items() if name.startswith("msgstr")), entry["msgid"]


def test_every_marked_text_is_in_the_catalogue() -> None:
    known = {entry["msgid"] for entry in entries()}
    assert sorted(marked() - known) == [], "run makemessages, add the German, run compilemessages"


def test_placeholders_are_kept() -> None:
    for entry in entries():
        for name, text in entry.items():
            if name.startswith("msgstr"):
                source = entry["msgid_plural"] if name == "msgstr[1]" else entry["msgid"]
                wanted = set(re.findall(r"%\(\w+\)[sd]", source))
                assert set(re.findall(r"%\(\w+\)[sd]", text)) == wanted, entry["msgid"]


def test_the_compiled_catalogue_is_up_to_date() -> None:
    with (CATALOGUE / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for entry in entries():
        if "msgid_plural" in entry:
            assert compiled.ngettext(entry["msgid"], entry["msgid_plural"], 2) == entry["msgstr[1]"]
        elif "msgctxt" in entry:
            assert compiled.pgettext(entry["msgctxt"], entry["msgid"]) == entry["msgstr"]
        else:
            assert compiled.gettext(entry["msgid"]) == entry["msgstr"]


@pytest.mark.parametrize(("language", "word"), [("de", "Willkommen zurück bei"), ("en", "Welcome back to")])
def test_the_login_page_speaks_the_readers_language(client: Client, language: str, word: str) -> None:
    answer = client.get("/admin/login/", headers={"Accept-Language": language})
    assert word in answer.text
    assert all(name in answer.text for name in ("English", "Deutsch"))


def test_the_language_can_be_switched(owner: Client) -> None:
    for language, word in (("de", "Übersicht"), ("en", "Overview")):
        owner.post("/i18n/setlang/", {"language": language, "next": "/admin/"})
        assert word in owner.get("/admin/").text
