"""What a force may say on its public pages. A link there is a web address and nothing that runs."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from apps.core.text import mixes_scripts, unseen_in_prose

SCHEME = "https"


def is_web_address(address: str) -> bool:
    """Whether `address` can stand in a link on a public page: https, and a host that is what it looks like.

    What stands before an @ looks like the host and is none (`https://police.uk@elsewhere.example`).
    """
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.scheme != SCHEME or not host or "@" in parts.netloc or "\\" in address:
        return False
    return not unseen_in_prose(address, joiners=False) and " " not in address and _is_honest(host)


def is_mail_address(address: str) -> bool:
    """Whether a mail can be written to it: Django's own check lets domains through that no mail can name."""
    try:
        validate_email(address)
        address.rpartition("@")[2].encode("idna")
    except (ValidationError, UnicodeError):
        return False
    return True


def _is_honest(host: str) -> bool:
    """No label of it mixes scripts, neither as it is written nor as a browser shows it."""
    for label in host.split("."):
        shown = label
        if label.startswith("xn--"):
            try:
                shown = label.removeprefix("xn--").encode("ascii").decode("punycode")
            except UnicodeError:
                return False
        if mixes_scripts(shown):
            return False
    return True


def check_lines(lines: object) -> None:
    """Raises ValidationError for anything but a list of lines of text."""
    if not isinstance(lines, list) or not all(isinstance(line, str) and line.strip() for line in lines):
        raise ValidationError("Write a list of lines of text.")


def check_documents(documents: object) -> None:
    """Raises ValidationError for anything but a list of [title, web address]."""
    if not isinstance(documents, list | tuple) or not all(_is_document(entry) for entry in documents):
        raise ValidationError(
            "Write a list of pairs: a title and an address that starts with https:// and has no @ in it."
        )


def _is_document(entry: object) -> bool:
    match entry:
        case [str(title), str(address)]:
            return bool(title.strip()) and is_web_address(address)
    return False
