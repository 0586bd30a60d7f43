#!/usr/bin/env python3
"""Verify an exported audit record without the platform that wrote it.

    python3 verify_audit_export.py EXPORT.jsonl [--key THEIR-KEY.pub.pem]

Needs Python 3.11 and nothing else. Signatures of anchors are checked with the package `cryptography` where it
is installed; otherwise the last one is written out and the openssl command that checks it is printed.
Exit code 0: the record holds together. 1: it does not. 2: this is no export.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from datetime import datetime, timedelta
from pathlib import Path

GENESIS = hashlib.sha256(b"lfr-audit-chain-2").digest()
ANCHOR_GENESIS = hashlib.sha256(b"lfr-audit-anchors-2").hexdigest()
EMPTY = {"actor_label": "", "origin": "", "reason": "", "payload": {}}


def canonical(value) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


class Verifier:
    def __init__(self, own_keys: dict[str, bytes]) -> None:
        self.problems, self.own_keys = [], own_keys
        self.links, self.position, self.previous = 0, 0, GENESIS
        self.erased, self.withheld = 0, 0
        self.anchors, self.anchor_line, self.last_anchor = {}, "", None
        self.emptied, self.may_be_emptied = "", ""
        self.header, self.ended = {}, False

    def problem(self, words: str) -> None:
        self.problems.append(words)

    def line(self, entry: dict) -> None:
        getattr(self, f"on_{entry['kind']}")(entry)

    def on_header(self, entry: dict) -> None:
        self.header = entry
        if entry["format"] != 2:
            raise SystemExit("this script verifies format 2 only")
        strangers = set(entry["public_keys"]) - set(self.own_keys)
        if self.own_keys and strangers:
            self.problem(f"the export brings a key that you do not know: {', '.join(sorted(strangers))}")

    def on_anchor(self, entry: dict) -> None:
        line = entry["line"]
        anchor = json.loads(line)
        if anchor["force_id"] != self.header["force_id"]:
            self.problem(f"anchor {anchor['sequence']} is of another force")
        expected = (
            hashlib.sha256(self.anchor_line.encode()).hexdigest() if self.anchor_line else ANCHOR_GENESIS
        )
        if anchor["previous"] != expected or anchor["sequence"] != len(self.anchors) + 1:
            self.problem(f"anchor {anchor['sequence']}: the one before it was removed or changed")
        self.anchor_line, self.last_anchor = line, anchor
        self.anchors[anchor["position"]] = anchor
        if not self.signed(anchor):
            self.problem(f"anchor {anchor['sequence']}: its signature is forged")

    def signed(self, anchor: dict) -> bool:
        keys = self.own_keys or {k: pem.encode() for k, pem in self.header["public_keys"].items()}
        if CRYPTOGRAPHY is None:
            return True
        try:
            key = CRYPTOGRAPHY.load_pem_public_key(keys[anchor["key_id"]])
            key.verify(base64.b64decode(anchor["signature"]), signed_bytes(anchor))
        except (KeyError, ValueError, InvalidSignature):
            return False
        return True

    def on_event(self, entry: dict) -> None:
        self.links += 1
        here = f"link {entry['position']}"
        if entry["position"] != self.position + 1:
            self.problem(f"link {self.position + 1} is missing: the chain goes on at {entry['position']}")
        inside = self.content(entry, here)
        event_id, metadata = entry["event_id"], entry["metadata"]
        if metadata is None or metadata["id"] != event_id:
            self.problem(f"{here}: its event is gone")
            metadata = {}
        digest = hashlib.sha256(
            b"lfr-audit-event-2\n" + canonical({**metadata, "content_sha256": inside.hex()})
        ).digest()
        if bytes.fromhex(entry["previous_hash"]) != self.previous:
            self.problem(f"{here}: does not follow the link before it")
        right = hashlib.sha256(
            uuid_bytes(self.header["force_id"])
            + entry["position"].to_bytes(8, "big")
            + self.previous
            + uuid_bytes(event_id)
            + digest
        ).hexdigest()
        if entry["link_hash"] != right:
            self.problem(f"{here}: the event was changed after it was recorded")
        if metadata.get("verb") == "audit.content_erased" and entry["content"]:
            self.allow(entry, here)
        self.position, self.previous = entry["position"], bytes.fromhex(entry["link_hash"])
        anchor = self.anchors.pop(entry["position"], None)
        if anchor and anchor["link_hash"] != entry["link_hash"]:
            self.problem(f"{here} is not the one that was anchored on {anchor['taken_at']}: it was rewritten")

    def content(self, entry: dict, here: str) -> bytes:
        """The digest of the content: computed where the content is here, else as it was recorded."""
        recorded = bytes.fromhex(entry["content_sha256"])
        if entry["erased_at"]:
            self.erased += 1
            self.emptied = max(self.emptied, entry["metadata"]["recorded_at"])
            if entry["salt"] or entry["content"] != EMPTY:
                self.problem(f"{here}: marked as erased and still has content")
            return recorded
        if entry["content"] is None:
            self.withheld += 1
            return recorded
        return hashlib.sha256(bytes.fromhex(entry["salt"]) + canonical(entry["content"])).digest()

    def allow(self, entry: dict, here: str) -> None:
        before = datetime.fromisoformat(entry["content"]["payload"]["recorded_before"])
        recorded = datetime.fromisoformat(entry["metadata"]["recorded_at"])
        if recorded - before < timedelta(days=364):
            self.problem(f"{here}: content younger than a year was erased")
        self.may_be_emptied = max(self.may_be_emptied, before.isoformat(timespec="microseconds"))

    def on_end(self, entry: dict) -> None:
        self.ended = True
        if entry["links"] != self.links or entry["last_hash"] != (self.previous.hex() if self.links else ""):
            self.problem(f"{entry['links']} links were exported, {self.links} are here")

    def finish(self) -> None:
        if not self.header or not self.ended:
            self.problem("the file is cut off: its first or last line is missing")
        for anchor in self.anchors.values():
            self.problem(
                f"{anchor['position']} links were anchored on {anchor['taken_at']}, the chain ends at"
                f" {self.position} or jumps over it"
            )
        if self.emptied and self.emptied >= self.may_be_emptied:
            self.problem("an event was emptied, and no event of the record says so")


def uuid_bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("-", ""))


def signed_bytes(anchor: dict) -> bytes:
    return b"lfr-audit-anchor-2\n" + canonical({k: v for k, v in anchor.items() if k != "signature"})


try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import serialization as CRYPTOGRAPHY  # noqa: N812 - may be None
except ImportError:
    CRYPTOGRAPHY = None
    InvalidSignature = ValueError


def key_id(pem: bytes) -> str:
    """The first 16 hexadecimal digits of SHA-256 over the 32 bytes of an Ed25519 key, the end of its DER."""
    body = b"".join(line for line in pem.splitlines() if not line.startswith(b"-----"))
    return hashlib.sha256(base64.b64decode(body)[-32:]).hexdigest()[:16]


def print_openssl(verifier: Verifier, beside: Path) -> None:
    anchor = verifier.last_anchor
    if CRYPTOGRAPHY is not None or anchor is None:
        return
    keys = verifier.own_keys or {k: v.encode() for k, v in verifier.header["public_keys"].items()}
    parts = {".signed": signed_bytes(anchor), ".signature": base64.b64decode(anchor["signature"])}
    parts[".pem"] = keys.get(anchor["key_id"], b"")
    for suffix, content in parts.items():
        beside.with_suffix(suffix).write_bytes(content)
    print("signatures are NOT checked: `cryptography` is not installed. Check the last anchor with")
    print(
        f"  openssl pkeyutl -verify -pubin -inkey {beside.with_suffix('.pem')} -rawin"
        f" -in {beside.with_suffix('.signed')} -sigfile {beside.with_suffix('.signature')}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("export", type=Path)
    parser.add_argument("--key", type=Path, action="append", default=[], help="a public key that you trust")
    options = parser.parse_args()
    own = {key_id(pem): pem for pem in (path.read_bytes() for path in options.key)}
    verifier = Verifier(own)
    try:
        with options.export.open(encoding="utf-8") as file:
            for line in file:
                verifier.line(json.loads(line))
        verifier.finish()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as broken:
        print(f"{options.export}: not an export, or damaged: {type(broken).__name__} {broken}")
        return 2
    anchored = verifier.last_anchor["position"] if verifier.last_anchor else 0
    print(
        f"{verifier.links} events ({verifier.withheld} with content withheld, {verifier.erased} with content"
        f" erased), anchored up to link {anchored}, keys {', '.join(verifier.header['public_keys'])}"
    )
    if not own:
        print(
            "note: the keys come from the export itself. Compare them with what you were given, or use --key"
        )
    print_openssl(verifier, options.export.with_name(f"{options.export.stem}-last-anchor"))
    for words in verifier.problems[:50]:
        print(f"PROBLEM: {words}")
    print(f"{len(verifier.problems)} problems" if verifier.problems else "the record holds together")
    return 1 if verifier.problems else 0


if __name__ == "__main__":
    sys.exit(main())
