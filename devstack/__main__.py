"""`python -m devstack up | reset | <any manage.py command>`; start.py comes here."""

import sys

from devstack.command import command
from devstack.errors import StackError
from devstack.reset import reset
from devstack.up import up


def main(arguments: list[str]) -> int:
    """Run what `arguments` ask for; returns the exit status."""
    try:
        if arguments in ([], ["up"]):
            return up()
        if arguments == ["reset"]:
            return reset()
        return command(arguments)
    except StackError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
