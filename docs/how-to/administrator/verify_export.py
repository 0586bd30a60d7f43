#!/usr/bin/env python3
"""Verify a report that somebody took out of the platform: PDF, ODS, CSV or JSON.

    python3 verify_export.py FILE --key THEIR-KEY.pub.pem [--audit AUDIT.jsonl] [--write REPORT.json]

Needs Python 3.11 and `cryptography`, and `pypdf` for a PDF. With --audit, an export of the force's audit
record that is younger than FILE, it looks for the event there. Exit code 0: it is what was taken out. 1: it
is not. 2: this is no export. What is checked is in docs/how-to/verify-an-export.md.
"""

from __future__ import annotations

import argparse
import base64
import csv
import hashlib
import json
import logging
import re
import sys
import unicodedata
import zipfile
from pathlib import Path
from xml.etree import ElementTree

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization

FORMAT = 1
MOST_COLUMNS, MORE = 8, 7
NUMBER = re.compile(r"-?(0|[1-9]\d{0,17})(\.\d{1,12})?")
UNSHOWN = re.compile(r"\[U\+([0-9A-F]{4,6})\]")
ROWS = {
    "force": "Force",
    "force_id": "Id of the force",
    "exported_at": "Taken out at",
    "exported_as": "As",
    "content_sha256": "SHA-256 of the content",
    "csv_sha256": "SHA-256 of the CSV above its anchor",
    "event_id": "Event in the audit record",
    "event_object_id": "Object of that event",
    "chain_position": "Links in the chain before it",
    "chain_hash": "Hash of the last of them",
    "newest_anchor": "Newest anchor of the chain",
    "key_id": "Id of the key that signed",
    "public_key_sha256": "SHA-256 of the public key",
    "signature": "Signature (Ed25519)",
}
LEAD = "The content of this file and its audit anchor are attached to it; the last part says how to check it."
LAST = (
    "The report is attached to this file as report.json, and what stands in this table as audit-anchor.json. "
    "Anybody who holds the public key of the force can check with them that these are the numbers that were "
    "taken out, and with an export of the audit record that the taking stands in it. The documentation of "
    "the platform says how, under “Verify an export”."
)


class Different(Exception):
    """What the file shows is not what was signed."""


def canonical(value) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def parsed(text) -> dict:
    def once(pairs):
        if len({name for name, _ in pairs}) != len(pairs):
            raise ValueError("a name stands twice")
        return dict(pairs)

    return json.loads(text, object_pairs_hook=once)


def plain(text: str) -> str:
    """For comparing what is shown: without spaces, line ends and what is not seen; signs as themselves."""
    text = UNSHOWN.sub(lambda found: chr(int(found[1], 16)), text)
    kept = (each for each in unicodedata.normalize("NFC", text) if unicodedata.category(each)[0] not in "ZC")
    return "".join(kept).replace("\ufffd", "")


# What each kind of file holds: its content in canonical form, and its anchor.


def read_json(path: Path) -> tuple[bytes, dict]:
    content = parsed(path.read_text(encoding="utf-8"))
    anchor = content.pop("audit_anchor")
    return canonical(content), anchor


def read_csv(path: Path) -> tuple[None, dict]:
    """No content: its own bytes are hashed."""
    body, line, rest = path.read_bytes().rpartition(b"\r\nAudit anchor\r\n")
    rows = list(csv.reader(rest.decode().splitlines()))
    (anchor,) = [parsed(row[1]) for row in rows if row[0] == "audit_anchor"]
    if not line or hashlib.sha256(body).hexdigest() != anchor["csv_sha256"]:
        raise Different("what stands above the anchor is not what was taken out")
    expected = [[words, str(anchor[name])] for name, words in ROWS.items()]
    if [[cell.removeprefix("'") for cell in row] for row in rows if row[0] != "audit_anchor"] != expected:
        raise Different("the anchor does not say what was signed")
    return None, anchor


def read_ods(path: Path) -> tuple[bytes, dict]:
    with zipfile.ZipFile(path) as file:
        names = file.namelist()
        if len(names) != len(set(names)):
            raise Different("a part of the file stands in it twice")
        content, anchor = file.read("report.json"), parsed(file.read("audit-anchor.json"))
        compare_sheets(file.read("content.xml"), parsed(content)["report"], anchor)
    return content, anchor


def read_pdf(path: Path) -> tuple[bytes, dict]:
    from pypdf import PdfReader

    # What a damaged file lacks is said once, in our words.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    reader = PdfReader(path)
    found = {name: reader.attachments[name] for name in ("report.json", "audit-anchor.json")}
    if any(len(each) != 1 for each in found.values()):
        raise Different("something is attached twice")
    content, anchor = found["report.json"][0], parsed(found["audit-anchor.json"][0])
    expected = "".join(plain(each) for each in words_of(parsed(content)["report"], anchor))
    shown = "".join(plain(text_of(page, reader)) for page in reader.pages)
    if shown != expected:
        at = next((n for n, pair in enumerate(zip(shown, expected, strict=False)) if pair[0] != pair[1]), 0)
        raise Different(
            f"the pages say “{shown[max(0, at - 30) : at + 30]}”"
            f" and the content “{expected[max(0, at - 30) : at + 30]}”"
        )
    return content, anchor


def text_of(page, reader) -> str:
    """The words of a page in their order, without its foot and without the heads of tables that go on."""
    from pypdf.generic import ContentStream, NameObject

    stream, kept, inside = ContentStream(page["/Contents"].get_object(), reader, "bytes"), [], []
    for operands, operator in stream.operations:
        if operator in (b"BDC", b"BMC"):
            inside.append(operands[0])
        elif operator == b"EMC":
            inside.pop()
        if operator not in (b"Tj", b"TJ", b"'", b'"') or "/Artifact" not in inside:
            kept.append((operands, operator))
    stream.operations = kept
    page[NameObject("/Contents")] = stream
    return page.extract_text()


# What a reader sees of a content, in its order.


def words_of(report: dict, anchor: dict) -> list[str]:
    words = [report["force"], report["title"], report["period"]]
    words += [f"Taken out {anchor['exported_words']}.", LEAD]
    for section in report["sections"]:
        words += [section["title"], *section["paragraphs"]]
        for chart in section["charts"]:
            words += [*chart["labels"], *words_of_table(chart["table"])]
        for table in section["tables"]:
            words += words_of_table(table)
        words += section["notes"]
    words += ["Audit anchor", LAST, "What was signed", "What", "Value"]
    return words + [each for name, row in ROWS.items() for each in (row, str(anchor[name]))]


def words_of_table(table: dict) -> list[str]:
    """A wide table stands on the page in parts, each with the first column."""
    columns, caption = table["columns"], table["caption"]
    parts = [(range(len(columns)), caption)]
    if len(columns) > MOST_COLUMNS:
        starts = range(1, len(columns), MORE)
        parts = [
            ((0, *range(start, min(start + MORE, len(columns)))), f"{caption}, part {n} of {len(starts)}")
            for n, start in enumerate(starts, 1)
        ]
    words = []
    for at, title in parts:
        words += [title, *(columns[i]["title"] for i in at)]
        words += [row[i] for row in table["rows"] for i in at]
    return words


def compare_sheets(xml: bytes, report: dict, anchor: dict) -> None:
    lines = [report["title"], report["force"], report["period"]]
    tables = []
    for section in report["sections"]:
        lines += [section["title"], *section["paragraphs"], *section["notes"]]
        tables += [*(chart["table"] for chart in section["charts"]), *section["tables"]]
    expected = [[[line] for line in lines]]
    expected += [[[c["title"] for c in table["columns"]], *table["rows"]] for table in tables]
    expected.append([["What", "Value"], *([words, str(anchor[name])] for name, words in ROWS.items())])
    shown = sheets_of(xml)
    wanted = [[[plain(cell) for cell in row] for row in sheet] for sheet in expected]
    for number, (left, right) in enumerate(zip(shown, wanted, strict=False), 1):
        if left != right:
            raise Different(f"sheet {number} does not say what the content says")
    if len(shown) != len(wanted):
        raise Different("there are more or fewer sheets than tables")


def sheets_of(xml: bytes) -> list[list[list[str]]]:
    office, table = (f"{{urn:oasis:names:tc:opendocument:xmlns:{name}:1.0}}" for name in ("office", "table"))
    sheets = []
    for sheet in ElementTree.fromstring(xml).iter(f"{table}table"):  # noqa: S314 - expat refuses bombs
        rows = []
        for row in sheet.iter(f"{table}table-row"):
            cells = list(row.iter(f"{table}table-cell"))
            rows.append([plain("".join(cell.itertext())) for cell in cells])
            for cell, text in zip(cells, rows[-1], strict=True):
                value = cell.get(f"{office}value")
                if cell.get(f"{table}formula") is not None or value not in (None, text):
                    raise Different(f"a cell shows “{text}” and holds something else")
        sheets.append(rows)
    return sheets


READERS = {".pdf": read_pdf, ".ods": read_ods, ".csv": read_csv, ".json": read_json}


# What was signed.


def load_keys(paths: list[Path]) -> dict:
    """By the SHA-256 of their 32 bytes."""
    keys = {}
    for path in paths:
        key = serialization.load_pem_public_key(path.read_bytes())
        raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        keys[hashlib.sha256(raw).hexdigest()] = key
    return keys


def is_signed(statement: dict, prefix: bytes, keys: dict) -> bool:
    unsigned = {name: value for name, value in statement.items() if name != "signature"}
    for fingerprint, key in keys.items():
        if fingerprint[:16] == statement["key_id"]:
            try:
                key.verify(base64.b64decode(statement["signature"]), prefix + canonical(unsigned))
            except InvalidSignature:
                return False
            return True
    return False


def check_anchor(content: bytes | None, anchor: dict, kind: str, keys: dict) -> list[str]:
    problems = []
    if not is_signed(anchor, b"lfr-export-1\n", keys):
        problems.append("the anchor was not signed with a key that you gave")
    if anchor["public_key_sha256"] not in keys:
        problems.append("the anchor names another key")
    if anchor["exported_as"] != kind:
        problems.append(f"it was taken out as {anchor['exported_as']} and not as {kind}")
    if anchor["event_object_id"].replace("-", "") != anchor["content_sha256"][:32]:
        problems.append("the event is not named after the content")
    if content is not None:
        if hashlib.sha256(content).hexdigest() != anchor["content_sha256"]:
            problems.append("the content is not what was taken out")
        if parsed(content)["report"]["force"] != anchor["force"]:
            problems.append("the anchor is of another force")
    if anchor["newest_anchor"]:
        newest = parsed(anchor["newest_anchor"])
        if not is_signed(newest, b"lfr-audit-anchor-2\n", keys):
            problems.append("the newest anchor of the chain was not signed with a key that you gave")
        if newest["force_id"] != anchor["force_id"] or newest["position"] > anchor["chain_position"]:
            problems.append("the newest anchor does not belong to this chain")
    return problems


def check_audit(anchor: dict, audit: Path) -> list[str]:
    """Whether the record holds the event, the link before it and the anchor. Whether the record itself holds
    together is for verify_audit_export.py to say."""
    problems, event, link, anchors = [], None, None, []
    with audit.open(encoding="utf-8") as file:
        for line in file:
            entry = json.loads(line)
            if entry["kind"] == "header" and entry["force_id"] != anchor["force_id"]:
                problems.append("the audit record is of another force")
            elif entry["kind"] == "anchor":
                anchors.append(entry["line"])
            elif entry["kind"] == "event":
                event = entry if entry["event_id"] == anchor["event_id"] else event
                link = entry if entry["position"] == anchor["chain_position"] else link
    if event is None:
        problems.append("the audit record has no such event: is it older than the file?")
    elif event["metadata"]["object_id"] != anchor["event_object_id"]:
        problems.append("the event in the audit record is of another content")
    elif event["content"] and event["content"]["payload"].get("sha256") != anchor["content_sha256"]:
        problems.append("the event in the audit record holds another SHA-256")
    if anchor["chain_position"] and (link is None or link["link_hash"] != anchor["chain_hash"]):
        problems.append("the chain of the audit record is not the one that the file names")
    if anchor["newest_anchor"] and anchor["newest_anchor"] not in anchors:
        problems.append("the anchor that the file names is not in the audit record")
    if not problems:
        print(f"the audit record holds the event: link {event['position']}, {event['metadata']['verb']}")
        if not any(json.loads(line)["position"] >= event["position"] for line in anchors):
            print("note: no anchor covers that link yet. Ask for a later export of the record")
    return problems


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument(
        "--key", type=Path, action="append", required=True, help="a public key that you trust"
    )
    parser.add_argument("--audit", type=Path, help="an export of the audit record, younger than the file")
    parser.add_argument("--write", type=Path, help="where to write the content that was checked")
    options = parser.parse_args()
    kind = options.file.suffix.lower()
    try:
        keys = load_keys(options.key)
        content, anchor = READERS[kind](options.file)
        problems = check_anchor(content, anchor, kind[1:], keys)
        problems += check_audit(anchor, options.audit) if options.audit else []
    except Different as different:
        problems = [str(different)]
    except Exception as broken:  # noqa: BLE001 - whatever a stranger sends
        print(f"{options.file}: not an export, or damaged: {type(broken).__name__} {broken}")
        return 2
    for words in problems:
        print(f"PROBLEM: {words}")
    if problems:
        return 1
    if options.write and content is not None:
        options.write.write_bytes(content)
    print(f"taken out of {anchor['force']} on {anchor['exported_at']}, content {anchor['content_sha256']}")
    print("this is what was taken out")
    return 0


if __name__ == "__main__":
    sys.exit(main())
