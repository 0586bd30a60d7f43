"""`python -m apps.demo.day`: a whole deployment day on real faces, through the real services."""

from __future__ import annotations

import argparse
import logging
import sys
import time

from apps.demo import stack


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m apps.demo.day", description=__doc__)
    parser.add_argument("--seconds", type=int, default=75, help="length of the video (default 75)")
    parser.add_argument("--seed", type=int, default=1, help="who walks where and when")
    parser.add_argument("--fps", type=float, default=5.0, help="frames a second and camera sent by the relay")
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument(
        "--kill-worker",
        action="store_true",
        help="kill -9 the recognition worker half way, and measure the gap",
    )
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    began = time.time()
    with stack.running("day", port=options.port, fresh=True) as platform:
        # Needs Django, which the stack has set up by now.
        from apps.demo.day.play import play

        return play(platform, options, began)


if __name__ == "__main__":
    sys.exit(main())
