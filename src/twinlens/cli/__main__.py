"""`python -m twinlens.cli` is the command `twinlens`."""

from twinlens.cli import main

main()
