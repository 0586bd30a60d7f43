"""Crockford's base 32: no letter that is taken for a digit when it is read aloud or typed from paper."""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BITS = 5
_MISREAD = str.maketrans("ILO", "110")


def encode(number: int, *, chars: int) -> str:
    """The lowest `chars` * 5 bits of `number`, the highest first."""
    shifts = range((chars - 1) * BITS, -1, -BITS)
    return "".join(ALPHABET[number >> shift & 31] for shift in shifts)


def decode(text: str) -> int:
    """Raises ValueError for a character that is none of the alphabet."""
    number = 0
    for char in text:
        number = number << BITS | ALPHABET.index(char)
    return number


def grouped(text: str, *, chars: int) -> str:
    return "-".join(text[at : at + chars] for at in range(0, len(text), chars))


def as_written(typed: str) -> str:
    """Without the hyphens, in capitals, I, L and O as the digits that they were read for."""
    return typed.replace("-", "").upper().translate(_MISREAD)
