"""`python -m reopen` is the command line."""

from reopen.faces.cli import main

if __name__ == "__main__":
    main()
