"""`python -m kgpipe`: the command line."""

from kgpipe.cli import main

if __name__ == "__main__":
    main()
