"""What may be typed: words about what happened, a reference of the force's own, and nobody's name.

Patterns, not a reader: they catch what can be caught, and every form says whose name not to write.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from apps.core.errors import RuleViolated
from apps.core.text import unseen_in_prose

ADDRESS = re.compile(r"[\w.+'-]+\s?(?:@|\(at\)|\[at\])\s?[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
# As one dials it in the United Kingdom or from abroad; a date, a time or a case number does not look so.
NUMBER = re.compile(r"(?<![\w.])(?:\+\d{1,3}|00\d{1,3}|\(?0\d)(?:[\s().-]*\d){7,12}(?!\w)")
TITLED = re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Master|Sir|Lady)\.?\s+[A-Z][\w'-]+")
# Letters, figures and a few marks, with a figure in it and without a space: no name looks like this.
REFERENCE = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9/._-]{1,39}")
LONGEST = 2_000
SHORTEST = 10
NAME_NOBODY = "No names, no addresses, no telephone numbers."


def check_words(texts: Mapping[str, str]) -> None:
    """`texts` by the label of their field. Raises RuleViolated with everything that is wrong."""
    reasons = [reason for label, text in texts.items() for reason in _wrong(label, text)]
    if reasons:
        raise RuleViolated(reasons, code="words")


def _wrong(label: str, text: str) -> list[str]:
    found = []
    if len(text) > LONGEST:
        found.append(f"“{label}” may have at most {LONGEST:,} characters.")
    if ADDRESS.search(text):
        found.append(f"“{label}” has an e-mail address in it. Take it out: it says who somebody is.")
    if NUMBER.search(text):
        found.append(f"“{label}” has a telephone number in it. Take it out: it says who somebody is.")
    if TITLED.search(text):
        found.append(f"“{label}” seems to name somebody. Write “the complainant” or “an officer” instead.")
    if "\0" in text or unseen_in_prose(text):
        found.append(f"“{label}” has characters in it that nobody sees. Type it anew.")
    return found


def check_reference(label: str, text: str) -> None:
    """Empty is allowed: not every force gives one. Raises RuleViolated."""
    if text and (not REFERENCE.fullmatch(text) or NUMBER.search(text)):
        raise RuleViolated(
            [
                f"“{label}” is the number that your force gave the case, such as PSD/123/26: letters and"
                " figures without a space, and never a name or a telephone number."
            ],
            code="reference",
        )


def needed(label: str, text: str) -> str:
    """Why these words are too few, or nothing."""
    return (
        "" if len(" ".join(text.split())) >= SHORTEST else f"“{label}”: write at least {SHORTEST} characters."
    )
