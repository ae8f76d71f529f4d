"""The command: `scripts/prove-offline`."""

import sys

from tests.rigs.offline.prove import main

if __name__ == "__main__":
    sys.exit(main())
