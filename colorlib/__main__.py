"""`python -m colorlib`: see cli.py."""

import sys
import warnings

from colorlib.cli import main

for stream in (sys.stdout, sys.stderr):
    # a file's name may hold what the terminal cannot show
    stream.reconfigure(errors="backslashreplace")
# What Pillow finds odd about a file that it reads all the same, without that file's name.
warnings.filterwarnings("ignore", module=r"PIL\.")
sys.exit(main())
