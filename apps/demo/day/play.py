"""The day, in order. Each step says what it does as it does it."""

from __future__ import annotations

import argparse
import json
import secrets
import shutil
import tempfile
import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from apps.audit import api as audit
from apps.core.clock import utc_now
from apps.core.tenancy import force_context
from apps.demo import people as cast_of_people
from apps.demo import rehearsal, relay, volunteers
from apps.demo.day import filming, report, trace
from apps.demo.day.measure import Measures, all_alerts, measure
from apps.demo.day.officers import Console, EngagementOfficer, Operator, Session, wait_until
from apps.demo.stack import Stack
from apps.deployments.data import DeploymentData
from apps.forces import api as forces
from apps.live import api as live
from apps.ops.tasks import sweep_force
from apps.recognition import api as recognition
from apps.retention import api as retention
from apps.scrutiny import api as scrutiny

PACK = "opencv-zoo"
NOTICE_AGO = timedelta(days=8)
AFTERWARDS = timedelta(hours=25)
BEFORE_START = timedelta(seconds=20)
WINDOW = timedelta(hours=2)
SETTLE_S = 20.0


@dataclass
class Day:
    """What is known of the day so far."""

    platform: Stack
    options: argparse.Namespace
    began: float
    force_id: UUID
    people: dict[str, cast_of_people.Person]
    film: filming.Film
    canary: str = field(default_factory=lambda: f"lfr-canary-{secrets.token_hex(16)}")
    verdict: report.Verdict = field(default_factory=report.Verdict)
    facts: dict[str, Any] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)

    def say(self, text: str) -> None:
        print(f"{datetime.now().astimezone():%H:%M:%S} day        {text}", flush=True)


def play(platform: Stack, options: argparse.Namespace, began: float) -> int:
    """Returns the exit status: 0 only when nothing was missed, nobody else alerted, and no trace is left."""
    now = utc_now()
    force = forces.create_force(
        slug="hertfordshire", name="Hertfordshire Constabulary (rehearsal)", now=now - NOTICE_AGO
    )
    people = cast_of_people.create_people(force_id=force.id, slug=force.slug, now=now - NOTICE_AGO)
    film = filming.make(
        seed=options.seed,
        seconds=options.seconds,
        photos=platform.place.var / "cache" / "photos",
        folder=platform.place.home,
    )
    day = Day(platform, options, began, force.id, people, film)
    volunteers.agree(
        force_id=force.id,
        people=people,
        references={item.reference for item in film.listed},
        now=now - NOTICE_AGO,
    )
    day.say(f"filmed {len(film.videos)} camera(s), {film.walkers} walkers, {len(film.listed)} of them listed")
    deployment = the_weeks_before(day)
    deployment = the_list(day, deployment)
    measures = on_the_day(day, deployment)
    afterwards(day, deployment, measures)
    return conclude(day, deployment, measures)


def the_weeks_before(day: Day) -> DeploymentData:
    """Steps 1 and 2, with `now` eight days ago in this one process."""
    then = utc_now() - NOTICE_AGO
    start = utc_now() + BEFORE_START
    deployment = rehearsal.plan_and_approve(
        force_id=day.force_id,
        people=day.people,
        camera_names=list(day.film.videos),
        window=(start, start + WINDOW),
        pack_id=PACK,
        now=then,
    )
    day.say(f"{deployment.reference}: drafted, submitted and approved by another person, eight days ago")
    deployment = rehearsal.verify_notice(force_id=day.force_id, deployment_id=deployment.id, now=then)
    address = f"{day.platform.base_url}/notices/"
    day.say(f"the notice published itself and was seen by a stranger ({address}): {deployment.state}")
    return deployment


def the_list(day: Day, deployment: DeploymentData) -> DeploymentData:
    """Step 3: dry run with reasons, import, seal, accept. The planner's folder is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="import-", dir=day.platform.place.home) as folder:
        spoilt = Path(folder) / "with-mistakes"
        rehearsal.write_import_folder(spoilt, day.film.listed, day.film.mistakes(utc_now()), utc_now())
        shutil.copyfile(day.film.group_picture, spoilt / "pictures" / filming.GROUP_NAME)
        tried = rehearsal.import_list(
            force_id=day.force_id,
            deployment_id=deployment.id,
            planner=day.people["planner"],
            folder=spoilt,
            dry_run=True,
            accept_warnings=False,
        )
        for refused in tried.refused:
            day.say(f"  refused, line {refused.line} {refused.reference}: {refused.reason}")
        wrong = {row.reference for row in tried.refused} & {"TEST-X", "TEST-Y"}
        day.verdict.expect(len(wrong) == 2, f"the dry run let a wrong row pass: {sorted(wrong)}")
        day.verdict.expect(not tried.committed, "a dry run stored a list")
    done = rehearsal.import_listed(
        force_id=day.force_id,
        deployment_id=deployment.id,
        planner=day.people["planner"],
        listed=day.film.listed,
        staging=day.platform.place.home,
    )
    deployment = rehearsal.seal_and_accept(
        force_id=day.force_id, deployment_id=deployment.id, people=day.people
    )
    day.say(
        f"list imported ({done.accepted_subjects} subjects, {done.accepted_pictures} pictures), sealed "
        f"({str(deployment.watchlist_seal_hash)[:12]}…) and accepted by the authorising officer"
    )
    day.facts["watchlist"] = f"{done.accepted_subjects} subjects, {done.accepted_pictures} pictures"
    return deployment


def on_the_day(day: Day, deployment: DeploymentData) -> Measures:
    """Steps 4 and 5, in real time."""
    consoles = open_consoles(day, deployment)
    key = rehearsal.enrol_relay(force_id=day.force_id, deployment=deployment, engineer=day.people["engineer"])
    wait_until(lambda: utc_now() >= deployment.authority.window_start, timeout_s=60)
    live_now = rehearsal.check_and_start(
        force_id=day.force_id, deployment_id=deployment.id, people=day.people
    )
    day.say(f"checklist complete, {live_now.reference} is {live_now.state}; the relay starts")
    cameras = {camera.name: camera.id for camera in deployment.authority.cameras}
    running = relay.start(
        ws_url=day.platform.ws_url,
        key=key,
        sources={cameras[name]: path for name, path in day.film.videos.items()},
        fps=day.options.fps,
        canary=day.canary,
        stats_file=day.platform.place.run / "day-relay.json",
        log=day.platform.place.log("relay"),
    )
    try:
        while_it_runs(day, running)
        wait_until(lambda: everything_decided(day, deployment.id), timeout_s=SETTLE_S)
    finally:
        running.stop()
        for console in consoles:
            console.stop()
    return closing(day, deployment, consoles, running)


def open_consoles(day: Day, deployment: DeploymentData) -> list[Console]:
    """An operator and an engagement officer, signed in and watching."""
    pack = recognition.get_pack(PACK)
    consoles = []
    for name, act in (("operator", Operator(pack)), ("engagement", EngagementOfficer())):
        session = Session(day.platform.base_url, day.people[name])
        session.sign_in()
        console = Console(session, deployment.id, act)
        console.start()
        consoles.append(console)
    for console in consoles:
        day.verdict.expect(console.ready.wait(15), f"{console.name} did not connect: {console.failures[-1:]}")
    day.say("an operator and an engagement officer are signed in at their consoles")
    return consoles


def while_it_runs(day: Day, running: relay.Relay) -> None:
    """Until the film is over, with a line now and then; the drill kills the worker half way."""
    length = day.film.seconds
    kill_at = time.monotonic() + length / 2 if day.options.kill_worker else None
    deadline = time.monotonic() + length + 60
    said = time.monotonic()
    while running.wait(0.5) is None and time.monotonic() < deadline:
        if kill_at and time.monotonic() >= kill_at:
            kill_at = None
            day.say("drill: kill -9 of the recognition worker")
            day.platform.supervisor.kill("recognise")
        if time.monotonic() - said >= 15:
            said = time.monotonic()
            cameras = running.stats().get("cameras", {}).values()
            day.say(f"  {sum(camera['sent'] for camera in cameras)} frames sent so far")
    status = running.wait(0)
    day.verdict.expect(status == 0, f"the relay ended with status {status}; see its log")


def everything_decided(day: Day, deployment_id: UUID) -> bool:
    with force_context(day.force_id):
        found = all_alerts(deployment_id)
    return bool(found) and all(alert.state == "outcome_recorded" for alert in found)


def closing(day: Day, deployment: DeploymentData, consoles: list[Console], running: relay.Relay) -> Measures:
    """Step 6, first half: end, then measure what the day was."""
    ended = rehearsal.end(
        force_id=day.force_id, deployment_id=deployment.id, commander=day.people["commander"]
    )
    day.say(f"{ended.reference} {ended.state}")
    # The workers notice within a second and write their last counts when they let go of the shard.
    wait_until(lambda: shards_released(day, deployment.id), timeout_s=10)
    measures = measure(
        force_id=day.force_id, deployment_id=deployment.id, relay_stats=running.stats().get("cameras", {})
    )
    for console in consoles:
        refused = getattr(console.act, "refused", [])
        blind = getattr(console.act, "blind_failures", [])
        day.verdict.expect(not refused, f"{console.name} was refused: {refused[:3]}")
        day.verdict.expect(not blind, f"a score reached the operator before the decision: {blind}")
        day.verdict.expect(console.hints > 0, f"{console.name} never got a push")
    names = {camera.id: camera.name for camera in deployment.authority.cameras}
    report.judge_alerts(measures, day.film.expected, names, day.verdict)
    return measures


def shards_released(day: Day, deployment_id: UUID) -> bool:
    with force_context(day.force_id):
        return all(
            shard.released_at is not None or shard.expires_at < utc_now()
            for shard in live.shards(deployment_id=deployment_id)
        )


def afterwards(day: Day, deployment: DeploymentData, measures: Measures) -> None:
    """Step 6, second half: traces now; the sweeps with `now` 25 hours later; traces again, of anybody."""
    decryptable = trace.may_be_decrypted(force_id=day.force_id, deployment_id=deployment.id)
    day.say(f"trace check while {len(decryptable)} blobs of open alerts and the sealed list may be read")
    check_traces(day, "open", decryptable, purged=False)
    later = utc_now() + AFTERWARDS
    failed = sweep_force(force_id=day.force_id, now=later)
    day.verdict.expect(not failed, f"sweeps failed: {failed}")
    purge = retention.run_due(force_id=day.force_id, now=later)
    certificates = purge.certificates
    day.verdict.expect(not purge.problems, f"the purge reports: {purge.problems}")
    sweep_force(force_id=day.force_id, now=later)
    for certificate in certificates:
        counts = ", ".join(f"{n} {what}" for what, n in certificate.counts.items())
        day.say(f"certificate {certificate.data_class}: {counts}")
    day.facts["certificates"] = f"{len(certificates)}: " + ", ".join(
        sorted({certificate.data_class for certificate in certificates})
    )
    expected = len(measures.alerts) + 1
    day.verdict.expect(len(certificates) > 0, f"no deletion certificate; {expected} things were due")
    check_traces(day, "purged", frozenset(), purged=True)


def check_traces(day: Day, name: str, decryptable: frozenset[UUID], *, purged: bool) -> None:
    found = trace.check(
        place=day.platform.place,
        pack=recognition.get_pack(PACK),
        cast=day.film.cast,
        canary=day.canary,
        since=day.began,
        inputs=day.film.inputs,
        decryptable=decryptable,
        purged=purged,
    )
    day.facts[f"trace check, {name}"] = (
        f"{len(found.findings)} found; {found.planted_found} of {found.planted} planted traces found; "
        f"{found.files_scanned} files, {found.bytes_scanned / 1e6:.0f} MB, {found.blobs_tried} blobs tried, "
        f"{found.seconds:.1f} s"
    )
    for finding in found.findings[:10]:
        day.say(f"  TRACE {finding.kind}: {finding.where} {finding.detail}")
    day.verdict.expect(found.clean, f"trace check ({name}): {len(found.findings)} findings")


def conclude(day: Day, deployment: DeploymentData, measures: Measures) -> int:
    """The audit, the deployment record, the table, var/day.json."""
    checked = audit.verify(force_id=day.force_id, now=utc_now())
    day.verdict.expect(checked.ok, f"the audit does not verify: {checked.problems[:3]}")
    day.facts["audit"] = f"{checked.events} events, {checked.links} links, {len(checked.problems)} problems"
    with force_context(day.force_id):
        record = scrutiny.deployment_record(deployment_id=deployment.id)
    commander = Session(day.platform.base_url, replace(day.people["commander"]))
    commander.sign_in()
    page = commander.http.get(f"{day.platform.base_url}/records/{deployment.reference}/", timeout=10)
    day.verdict.expect(page.ok, f"the deployment record page answers {page.status_code}")
    rows = report.lines(measures, day.facts)
    print(f"\nDeployment day {deployment.reference}\n{report.table(rows)}", flush=True)
    out = day.platform.place.var / "day.json"
    content = report.document(
        measures,
        day.verdict,
        reference=deployment.reference,
        facts=day.facts,
        record=scrutiny.as_json(record),
    )
    out.write_text(json.dumps(content, indent=2, default=str) + "\n", encoding="utf-8")
    seconds = time.time() - day.began
    for problem in day.verdict.problems:
        print(f"FAILED: {problem}", flush=True)
    outcome = "failed" if day.verdict.problems else "passed"
    print(f"\nThe day {outcome} in {seconds:.0f} s; details in {out}", flush=True)
    return 1 if day.verdict.problems else 0
