"""`python -m reopen`, and the command `reopen`."""

import sys


def main() -> None:
    """The command line. Ctrl-C while it is still being loaded is told in a line, too."""
    try:
        from reopen.faces.cli import main as command

        command()
    except KeyboardInterrupt:
        print("\nStopped before anything was begun.", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
