"""`start.py CMD …`: a command of manage.py against the running stack, or with the servers started for it alone."""

import os

from devstack.environment import announced_address, join_running_stack, read_dot_env, set_development_defaults
from devstack.errors import StackError
from devstack.lock import AlreadyLocked, only_one
from devstack.place import Place, development_place
from devstack.secrets_file import kept_secrets
from devstack.servers import lasting_servers


def command(arguments: list[str]) -> int:
    """Run manage.py with `arguments`; a command that fails ends the process with its own status."""
    place = development_place()
    read_dot_env()
    try:
        with only_one(place.lock):
            _run_with_own_servers(place, arguments)
    except AlreadyLocked:
        if announced_address(place) is None:
            raise StackError("Slotkeeper is just starting, or another command is running: try again.") from None
        join_running_stack(place)
        _run(place, arguments)
    return 0


def _run_with_own_servers(place: Place, arguments: list[str]) -> None:
    place.create()
    place.services.unlink(missing_ok=True)  # left by a stack that was killed
    with lasting_servers(place.dev, database_password=kept_secrets(place.secrets)["database_password"]) as urls:
        os.environ.update(urls)
        _run(place, arguments)


def _run(place: Place, arguments: list[str]) -> None:
    set_development_defaults(place, public_url="http://127.0.0.1:8000")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - needs the environment

    execute_from_command_line(["start.py", *arguments])
