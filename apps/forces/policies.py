"""What a force may say on its public pages. A link there is a web address and nothing that runs."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.core.exceptions import ValidationError

SCHEMES = frozenset({"http", "https"})


def is_web_address(address: str) -> bool:
    """Whether `address` can stand in a link on a public page."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in SCHEMES and bool(parts.hostname)


def check_lines(lines: object) -> None:
    """Raises ValidationError for anything but a list of lines of text."""
    if not isinstance(lines, list) or not all(isinstance(line, str) and line.strip() for line in lines):
        raise ValidationError("Write a list of lines of text.")


def check_documents(documents: object) -> None:
    """Raises ValidationError for anything but a list of [title, web address]."""
    if not isinstance(documents, list | tuple) or not all(_is_document(entry) for entry in documents):
        raise ValidationError("Write a list of pairs: a title and an address that starts with https://.")


def _is_document(entry: object) -> bool:
    match entry:
        case [str(title), str(address)]:
            return bool(title.strip()) and is_web_address(address)
    return False
