"""`python -m colorlib`: see cli.py."""

import sys

from colorlib.cli import main

sys.exit(main())
