"""Runs the command line: python3 -m immure_verifier."""
import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
