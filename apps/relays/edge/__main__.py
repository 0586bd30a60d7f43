"""`python -m apps.relays.edge`: the relay in the van, see command.py.

Its decoding processes load this file too, under another name, and are to load nothing of what is below.
"""

import sys

if __name__ == "__main__":
    sys.dont_write_bytecode = True  # before anything else of the relay is loaded

    from apps.relays.edge.command import main

    sys.exit(main())
