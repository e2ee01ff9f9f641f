"""`start.py reset`: throw the development data away, after asking."""

import shutil

from devstack.account import shared_place
from devstack.environment import announced_address
from devstack.lock import AlreadyLocked, only_one
from devstack.place import Place, development_place


def reset() -> int:
    """Ask, then delete database, secrets and logs of the development stack; returns the exit status."""
    place = development_place()
    try:
        with only_one(place.lock):
            return _reset(place)
    except AlreadyLocked:
        print(f"Slotkeeper is running ({announced_address(place) or 'starting'}): stop it first.")
        return 1


def _reset(place: Place) -> int:
    if not place.dev.exists():
        print("There is nothing to throw away.")
        return 0
    print(f"This deletes the development database, its secrets and its logs in {place.dev}.")
    if not _agreed():
        print("Nothing was deleted.")
        return 1
    if any(path.is_symlink() for path in place.dev.glob("postgres-*")):
        shutil.rmtree(shared_place(place.dev))
    shutil.rmtree(place.dev)
    print("Deleted. `python3 start.py` begins anew.")
    return 0


def _agreed() -> bool:
    try:
        return input("Type yes to go on: ").strip().lower() in {"y", "yes"}
    except EOFError:
        return False
