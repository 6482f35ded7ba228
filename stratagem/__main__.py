"""`python -m stratagem` is the command line."""

import sys

from stratagem.cli import main

sys.exit(main())
