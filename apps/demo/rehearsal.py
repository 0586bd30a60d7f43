"""One rehearsal deployment, step by step, each step the operation that a person's button will call.

The steps before the day may be played with `now` in the past (docs/adr/0004-one-real-clock.md): their audit
events are marked simulated. From the import on, everything happens at the real time.
"""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path, PurePath
from uuid import UUID

from apps.core.clock import utc_now
from apps.core.tenancy import force_context
from apps.demo import signs, volunteers
from apps.demo.assessments import recorded
from apps.demo.people import Person, actor
from apps.demo.plan import rehearsal_authority
from apps.deployments import api as deployments
from apps.deployments.data import CameraRef, CheckKind, DeploymentData, Duty
from apps.notices import api as notices
from apps.relays import api as relays
from apps.watchlists import api as watchlists
from apps.watchlists.data import EntryRow, ImportReport

APPROVAL_REASONS = (
    "The rehearsal is necessary to measure the True Recognition Rate before any operational use, is limited "
    "to consenting test subjects, and the public is told a week ahead."
)
# What each officer vouches for before the start (docs/domain.md §2).
CHECKS = (
    ("engineer", CheckKind.CAMERA_FOCUS, "sharp at the far edge of the zone"),
    ("engineer", CheckKind.ZONE_MARKED, "zone of recognition taped and signed"),
    ("engineer", CheckKind.BLUE_LIST_PASS, "a test subject is ready and knows the way"),
    ("engineer", CheckKind.CLOCKS_IN_SYNC, "relay and server agree"),
    ("commander", CheckKind.SIGNAGE, "signs on both approaches, before the zone"),
    ("commander", CheckKind.STAFFING, "operator, engagement officer and engineer on duty"),
)


@dataclass(frozen=True, slots=True)
class Listed:
    """One test subject as enrolled: an invented reference and a picture, never a person's name."""

    reference: str
    picture: PurePath


def plan_and_approve(
    *,
    force_id: UUID,
    people: dict[str, Person],
    camera_names: list[str],
    window: tuple[datetime, datetime],
    pack_id: str,
    now: datetime,
) -> DeploymentData:
    """Steps 1: a planner drafts and submits; another person, an authorising officer, approves that hash."""
    with force_context(force_id):
        engineer, planner = (actor(people[name], force_id) for name in ("engineer", "planner"))
        cameras = [deployments.register_camera(name=name, actor=engineer, now=now) for name in camera_names]
        authority = rehearsal_authority(
            cameras=[CameraRef(camera.id, camera.name) for camera in cameras],
            window_start=window[0],
            window_end=window[1],
            pack_id=pack_id,
            assessments=recorded(planner=planner, now=now),
        )
        drafted = deployments.draft(authority=authority, actor=planner, now=now)
        submitted = deployments.submit(deployment_id=drafted.id, actor=planner, now=now)
    with force_context(force_id):
        deployments.approve(
            deployment_id=drafted.id,
            authority_hash=submitted.authority_hash,
            reasons=APPROVAL_REASONS,
            actor=actor(people["authoriser"], force_id),
            now=now,
        )
    return current(force_id, drafted.id)


def verify_notice(*, force_id: UUID, deployment_id: UUID, now: datetime) -> DeploymentData:
    """Step 2: the published page is fetched as a stranger; the seven days count from then."""
    seen = notices.verify_public(deployment_id=deployment_id, now=now)
    if not seen.verified:
        raise RuntimeError(f"the public notice was not available: {seen.status} {seen.reason}")
    return current(force_id, deployment_id)


def current(force_id: UUID, deployment_id: UUID) -> DeploymentData:
    with force_context(force_id):
        return deployments.get(deployment_id=deployment_id)


def write_import_folder(folder: Path, listed: list[Listed], extra: list[EntryRow], now: datetime) -> None:
    """`watchlist.csv` and `pictures/`, as a planner would prepare them. `extra` rows are to be refused."""
    (folder / "pictures").mkdir(mode=0o700, parents=True)
    rows = [blue_list_row(item, now) for item in listed] + extra
    for row, source in zip(rows, [item.picture for item in listed], strict=False):
        shutil.copyfile(source, folder / "pictures" / row.picture_name)
    (folder / "watchlist.csv").write_text(list_csv(rows), newline="", encoding="utf-8")


def list_csv(rows: Sequence[EntryRow]) -> str:
    """The rows as a planner's CSV, header line first."""
    names = [f.name for f in fields(EntryRow) if f.name != "line"]
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, fieldnames=names)
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(getattr(row, name)) for name in names})
    return out.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return ""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def blue_list_row(item: Listed, now: datetime) -> EntryRow:
    return EntryRow(
        reference=item.reference,
        display_name=f"Test subject {item.reference}",
        category="blue_list",
        offence="",
        legal_basis="consent",
        source_system="test pictures",
        source_record=item.reference,
        captured_date=now.date(),
        lawfully_held=True,
        selected_by="Test Planner",
        selected_reason="Consenting test subject of the rehearsal",
        status_checked_at=now,
        date_of_birth=None,
        consent_reference=volunteers.consent_of(item.reference),
        picture_name=f"{item.reference}{item.picture.suffix}",
    )


def import_list(
    *,
    force_id: UUID,
    deployment_id: UUID,
    planner: Person,
    folder: Path,
    dry_run: bool,
    accept_warnings: bool,
) -> ImportReport:
    """Step 3: every picture is checked; a real import stores all or nothing."""
    rows, pictures = watchlists.read_import(folder)
    with force_context(force_id):
        return deployments.import_watchlist(
            deployment_id=deployment_id,
            rows=rows,
            pictures=pictures,
            actor=actor(planner, force_id),
            now=utc_now(),
            dry_run=dry_run,
            accept_warnings=accept_warnings,
        )


def import_listed(
    *, force_id: UUID, deployment_id: UUID, planner: Person, listed: list[Listed], staging: Path
) -> ImportReport:
    """Import these from a folder that is gone afterwards. Raises RuntimeError when one is refused."""
    with tempfile.TemporaryDirectory(prefix="import-", dir=staging) as folder:
        prepared = Path(folder) / "list"
        write_import_folder(prepared, listed, [], utc_now())
        done = import_list(
            force_id=force_id,
            deployment_id=deployment_id,
            planner=planner,
            folder=prepared,
            dry_run=False,
            accept_warnings=True,
        )
    if not done.committed:
        raise RuntimeError(f"the list was refused: {done.refused}")
    return done


def seal_and_accept(*, force_id: UUID, deployment_id: UUID, people: dict[str, Person]) -> DeploymentData:
    with force_context(force_id):
        sealed = deployments.seal_watchlist(
            deployment_id=deployment_id, actor=actor(people["planner"], force_id), now=utc_now()
        )
    if sealed.watchlist_seal_hash is None:
        raise RuntimeError("the list was sealed without a hash")
    with force_context(force_id):
        return deployments.accept_watchlist(
            deployment_id=deployment_id,
            seal_hash=sealed.watchlist_seal_hash,
            actor=actor(people["authoriser"], force_id),
            now=utc_now(),
        )


def enrol_relay(*, force_id: UUID, deployment: DeploymentData, engineer: Person) -> str:
    """The relay's key, shown this once."""
    with force_context(force_id):
        _, key = relays.enrol_relay(
            name="Van 1",
            deployment_id=deployment.id,
            camera_ids=[camera.id for camera in deployment.authority.cameras],
            actor=actor(engineer, force_id),
            now=utc_now(),
        )
    return key


def check_and_start(*, force_id: UUID, deployment_id: UUID, people: dict[str, Person]) -> DeploymentData:
    """Step 4: duties, the checklist, ready, live."""
    with force_context(force_id):
        for name, duty in (("operator", Duty.OPERATOR), ("operator2", Duty.OPERATOR),
                           ("engagement", Duty.ENGAGEMENT)):  # fmt: skip
            deployments.record_duty(
                deployment_id=deployment_id, duty=duty, actor=actor(people[name], force_id), now=utc_now()
            )
        authority = deployments.get(deployment_id=deployment_id).authority
        for look in signs.looks(authority):
            walker = actor(people["commander"], force_id)
            deployments.record_sign(deployment_id=deployment_id, actor=walker, now=utc_now(), **look)
        for name, kind, note in CHECKS:
            deployments.record_check(
                deployment_id=deployment_id,
                kind=kind,
                passed=True,
                note=note,
                actor=actor(people[name], force_id),
                now=utc_now(),
            )
    commander = people["commander"]
    with force_context(force_id):
        deployments.make_ready(deployment_id=deployment_id, actor=actor(commander, force_id), now=utc_now())
    with force_context(force_id):
        return deployments.start(deployment_id=deployment_id, actor=actor(commander, force_id), now=utc_now())


def end(*, force_id: UUID, deployment_id: UUID, commander: Person) -> DeploymentData:
    with force_context(force_id):
        return deployments.end(
            deployment_id=deployment_id,
            reason="The rehearsal is over.",
            actor=actor(commander, force_id),
            now=utc_now(),
        )
