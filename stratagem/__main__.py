"""`python -m stratagem`, and the script `stratagem`, are the command line.

Its own import takes a tenth of a second, in which a key may end it as well.
"""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line and return its exit code, also where it is ended while it is read in."""
    try:
        from stratagem import cli

        return cli.main()
    except KeyboardInterrupt:
        sys.stderr.write("stratagem: interrupted; nothing was kept\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
