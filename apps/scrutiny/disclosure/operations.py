"""Making a pack: read, written as files, and put on record, in one transaction."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from apps.audit import api as audit
from apps.core.clock import london
from apps.core.data import Actor
from apps.deployments.data import DeploymentData
from apps.scrutiny.disclosure import policies, reading
from apps.scrutiny.disclosure.report import report_of
from apps.scrutiny.exports import files
from apps.scrutiny.exports.anchor import take_out
from apps.scrutiny.exports.report import Taken

DISCLOSED, EXPORTED = "scrutiny.disclosed", "scrutiny.disclosure_exported"


@dataclass(frozen=True)
class Pack:
    """`name` is the name of the file."""

    name: str
    content: bytes


@transaction.atomic
def make_pack(
    *, deployment: DeploymentData, number: int | None, reason: str, actor: Actor, now: datetime
) -> Pack:
    """Of the alert with this number, or of the whole deployment. Needs an open force context.

    Raises NotPermitted, NotFound, and RuleViolated without a reason or for an alert that cannot go out.
    """
    policies.check_maker(actor)
    policies.check_reason(reason)
    found = reading.read(deployment, number=number)
    report = report_of(found)
    about: dict[str, object] = {"deployment_id": str(deployment.id), "alert": number}
    audit.record(
        actor=actor,
        verb=DISCLOSED,
        object_type="deployment",
        object_id=deployment.id,
        payload={"reference": deployment.reference, "alert": number, "sha256": report.sha256()},
        now=now,
        reason=" ".join(reason.split()),
    )
    taken = take_out(report, form="zip", verb=EXPORTED, about=about, actor=actor, now=now)
    return Pack(f"{report.name}.zip", _zipped(taken))


def _zipped(taken: Taken) -> bytes:
    """The same report as PDF, which has it attached, and as JSON."""
    made = io.BytesIO()
    at = london(taken.at).timetuple()[:6]
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as pack:
        for form in ("pdf", "json"):
            entry = zipfile.ZipInfo(f"{taken.report.name}.{form}", at)
            pack.writestr(entry, b"".join(files.written(taken, form)), zipfile.ZIP_DEFLATED)
    return made.getvalue()
