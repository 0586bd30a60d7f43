"""The trace check at the end: after everything that was killed, nothing of a passer-by is anywhere."""

from __future__ import annotations

from pathlib import Path

from apps.demo.day import trace
from apps.demo.script import BYSTANDERS, LISTED
from apps.recognition import api as recognition
from tests.support.faultlab.lab import Lab
from tests.support.faultlab.stage import PACK


def cast(photos: Path) -> trace.Cast:
    listed = {p.photo for person in LISTED for p in person.pictures}
    listed |= {person.enrols for person in LISTED if person.enrols}
    strangers = {p.photo for person in BYSTANDERS for p in person.pictures}
    return trace.Cast(
        listed=tuple(photos / name for name in sorted(listed)),
        bystanders=tuple(photos / name for name in sorted(strangers)),
    )


def check(lab: Lab, *, everywhere: bool) -> tuple[str, list[str]]:
    """(what was searched, in words; findings). The machine's temporary folders are searched too where nobody
    else works on it (`everywhere`): a test beside this one plants traces of its own there."""
    found = trace.check(
        place=lab.platform.place,
        pack=recognition.get_pack(PACK),
        cast=cast(lab.photos),
        canary=lab.canary,
        since=lab.began,
        inputs=[lab.video, *sorted(path for path in lab.photos.iterdir() if path.is_file())],
        decryptable=trace.may_be_decrypted(force_id=lab.force_id, deployment_id=lab.deployment_id),
        purged=False,
        elsewhere=trace.TEMPORARY if everywhere else (),
    )
    words = (
        f"{found.files_scanned} files, {found.bytes_scanned / 1e6:.0f} MB, {found.blobs_tried} blobs, "
        f"{found.planted_found} of {found.planted} planted traces found, {found.seconds:.0f} s"
    )
    return words, [f"{finding.kind}: {finding.where} {finding.detail}" for finding in found.findings]
