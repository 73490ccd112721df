"""Set-up from the command line: `python -m topologies.engine setup|clean`, which `make` calls."""

import argparse
import sys
import time

from topologies.engine.progress import ConsoleProgress
from topologies.engine.set_up import clean, setup
from topologies.errors import ConformanceError

INTERRUPTED, UNUSABLE = 2, 4


def main() -> int:
    """Run one command; return the exit status."""
    arguments = _parser().parse_args()
    progress = ConsoleProgress()
    began = time.monotonic()
    try:
        if arguments.command == "clean":
            clean(progress, everything=arguments.everything)
            return 0
        found = setup(progress)
    except ConformanceError as error:
        print(f"error: {error}", file=sys.stderr)
        return UNUSABLE
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    print(
        f"set-up: {found.engine.kind} engine at {found.engine.url} with {len(found.images)} images "
        f"is ready ({time.monotonic() - began:.1f} s)"
    )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m topologies.engine", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("setup", help="get an engine and the images of all roles")
    cleaning = commands.add_parser("clean", help="remove labs and images, and end our own engines")
    cleaning.add_argument(
        "--everything", action="store_true", help="also remove what was downloaded and made"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
