"""`python -m segmodel` is the command line."""

from __future__ import annotations

from segmodel.cli import main

if __name__ == "__main__":
    main()
