"""``python -m glasstape``: the command line."""

from glasstape.cli import main

if __name__ == "__main__":
    main()
