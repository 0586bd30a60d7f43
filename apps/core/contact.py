"""How it looks when a text says how to reach somebody. Patterns, not a reader."""

from __future__ import annotations

import re

ADDRESS = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")
# Written as one dials it in the United Kingdom or from abroad; a date, a time or a hash does not look so.
NUMBER = re.compile(r"(?<![\w.])(?:\+\d{1,3}|00\d{1,3}|\(?0\d)(?:[\s().-]*\d){7,12}(?!\w)")
