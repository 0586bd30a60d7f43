"""The catalogues of the public pages, by Babel alone: no gettext tools of the system are needed.

python -m lfrplatform.translations update    # take up new and changed texts into locale/*/LC_MESSAGES/*.po
python -m lfrplatform.translations compile   # what Django reads; `make setup` does it
python -m lfrplatform.translations check     # what is missing or wrong; exit status 1 if anything
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LOCALES = ROOT / "locale"
# What the public pages are made of, the rows of the retention table too. Pages behind a sign-in are English
# only.
SOURCES = (
    "apps/*/*retention*.py",
    "apps/alerts/engagement_data.py",
    "apps/alerts/receipt_page.py",
    "apps/notices/*.py",
    "apps/core/area.py",
    "apps/core/wording.py",
    "templates/alerts/_receipt.html",
    "templates/alerts/receipt*.html",
    "templates/notices/**/*.html",
    "templates/notices/**/*.txt",
    "templates/parts/area.html",
    "templates/parts/crumbs.html",
    "templates/parts/error_summary.html",
    "templates/parts/field.html",
    "templates/parts/languages.html",
    "templates/base.html",
)
KEYWORDS = ("_", "gettext", "gettext_noop", "gettext_lazy", "ngettext")
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


def texts() -> Catalog:
    """Every text of the public pages that is marked for translation."""
    found = Catalog(domain="django", charset="utf-8")
    for pattern in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            for line, message in _marked(path):
                found.add(message, locations=[(path.relative_to(ROOT).as_posix(), line)])
    return found


def _marked(path: Path) -> Iterator[tuple[int, str | tuple[str, str]]]:
    source = path.read_text(encoding="utf-8")
    if path.suffix in {".html", ".txt"}:
        source = templatize(source, origin=str(path))
    for line, function, message, _comments in extract_python(
        io.BytesIO(source.encode()), dict.fromkeys(KEYWORDS), [], {"encoding": "utf-8"}
    ):
        several = message if isinstance(message, list | tuple) else (message,)
        words = [str(part) for part in several if part]
        if words and function == "ngettext":
            yield line, (words[0], words[1])
        elif words:
            yield line, words[0]


def catalogues() -> Iterator[tuple[Path, Catalog]]:
    for path in sorted(LOCALES.glob("*/LC_MESSAGES/django.po")):
        with path.open("rb") as file:
            yield path, read_po(file, locale=path.parent.parent.name, domain="django")


def update() -> None:
    """New texts are empty, changed ones stay unsaid too: nothing is guessed from a text that is like them."""
    for path, catalogue in catalogues():
        catalogue.update(texts(), no_fuzzy_matching=True, update_creation_date=False)
        catalogue.obsolete.clear()
        # Addresses that Babel would make up.
        catalogue.msgid_bugs_address, catalogue.last_translator, catalogue.language_team = "", "", ""
        buffer = io.BytesIO()
        write_po(buffer, catalogue, width=100, no_location=True)
        path.write_bytes(buffer.getvalue())


def compile_all() -> None:
    """By rename: a process that reads the old one is not disturbed."""
    for path, catalogue in catalogues():
        target = path.with_suffix(".mo")
        unfinished = target.with_suffix(f".mo.{id(catalogue)}")
        with unfinished.open("wb") as file:
            write_mo(file, catalogue)
        unfinished.replace(target)


def problems(path: Path) -> list[str]:
    """What is missing, doubtful, left over or lost its placeholders, in words."""
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.parent.parent.name, domain="django")
    wanted = [message.id for message in texts() if message.id]
    found: list[str] = []
    for message_id in wanted:
        said = catalogue.get(_key(message_id))
        if said is None or not all(_strings(said)):
            found.append(f"not translated: {message_id!r}")
        elif said.fuzzy:
            found.append(f"doubtful: {message_id!r}")
        elif not _says_all(message_id, _strings(said)):
            found.append(f"other placeholders: {message_id!r}")
    found += [f"not used any more: {each.id!r}" for each in catalogue if each.id and each.id not in wanted]
    return found


def _key(message_id: str | tuple[str, ...] | list[str]) -> str:
    return message_id if isinstance(message_id, str) else message_id[0]


def _strings(message: Message) -> tuple[str, ...]:
    said = message.string or ""
    return (said,) if isinstance(said, str) else tuple(said)


def _says_all(message_id: str | tuple[str, ...] | list[str], said: tuple[str, ...]) -> bool:
    """One text has exactly its placeholders. Of several forms, "one" may do without the number."""
    if isinstance(message_id, str):
        return all(_placeholders(text) == _placeholders(message_id) for text in said)
    known = set().union(*(_placeholders(form) for form in message_id))
    return all(_placeholders(text) <= known for text in said)


def _placeholders(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


def main(words: list[str]) -> int:
    match words:
        case ["update"]:
            update()
        case ["compile"]:
            compile_all()
        case ["check"]:
            found = [f"{path}: {problem}" for path, _ in catalogues() for problem in problems(path)]
            sys.stdout.write("".join(f"{line}\n" for line in found))
            return 1 if found else 0
        case _:
            sys.stdout.write(f"{__doc__}\n")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
