"""`python -m apps.demo`: the platform with a live rehearsal, until Ctrl-C."""

from __future__ import annotations

import argparse
import logging
import sys

from apps.demo import stack


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m apps.demo", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="length of the film, which repeats")
    parser.add_argument("--seed", type=int, default=1, help="who walks where and when")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    try:
        with stack.running("demo", port=options.port, fresh=True) as platform:
            # Needs Django, which the stack has set up by now.
            from apps.demo.live import show

            return show(platform, seed=options.seed, seconds=options.seconds)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
