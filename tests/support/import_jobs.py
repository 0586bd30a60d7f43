"""Uploads of watchlists, driven step by step: what the tests of import jobs share."""

from __future__ import annotations

from apps.audit.models import AuditEvent
from apps.deployments import api as deployments
from apps.deployments import imports
from apps.retention import api as retention
from apps.vault import api as vault
from apps.watchlists.models import ImportJob, StagedPicture
from tests.support.days import IMPORTED
from tests.support.uploads import archive_of, row, uploaded

NAME = "Unforgettable Name"


GOOD = [
    row("TS-B", "subject_b_1.jpg", display_name=NAME),
    row("TS-B", "subject_b_2.jpg", display_name=NAME),
    row("TS-C", "subject_c_1.jpg"),
]


GARBAGE = {"garbage.jpg": b"this is no picture at all" * 10}


BAD = [
    row("TS-X", "missing.jpg"),
    row("TS-Y", "group.jpg"),
    row("TS-Z", "garbage.jpg"),
    row("TS-W", "subject_c_4.jpg", lawfully_held=False),
]


DOUBTFUL = row("TS-A", "subject_a_1.jpg")  # a warning: barely good enough


AT = {"now": IMPORTED}


def begin(day, rows, folder, *, now=IMPORTED, actor=None, extra=None):
    upload = uploaded(archive_of(rows, folder, extra))
    return day.step(deployments.begin_import, actor or day.planner, now, upload=upload)


def run(day, job, *, now=IMPORTED, stop=lambda: False):
    return imports.run(force_id=day.force.id, job_id=job.id, clock=lambda: now, stop=stop)


def job_of(day):
    return day.call(deployments.import_job, deployment_id=day.deployment_id)


def confirm(day, job, *, refusals=False, warnings=False, now=IMPORTED, actor=None):
    return day.call(
        deployments.confirm_import,
        job_id=job.id,
        accept_refusals=refusals,
        accept_warnings=warnings,
        actor=actor or day.planner,
        now=now,
    )


def checked(day, rows, folder, **changes):
    job = begin(day, rows, folder, **changes)
    assert run(day, job) == "checked"
    return job_of(day)


def count(day, model):
    return day.call(model.objects.count)


def events(day):
    return day.call(lambda: list(AuditEvent.objects.order_by("ordinal")))


def verbs(day):
    return [event.verb for event in events(day) if event.verb.startswith("watchlist.")]


def refusals(report):
    return {(refused.reference, refused.picture_name): refused.code for refused in report.refused}


def everything_staged_is_gone(day, job):
    with_key = day.call(lambda: ImportJob.objects.get(id=job.id))
    assert not day.call(vault.key_exists, key_id=with_key.key_id)
    assert count(day, StagedPicture) == 0
    return day.call(vault.blob_count, key_id=with_key.key_id) == 0


def certificates(day, now):
    done = retention.run_due(force_id=day.force.id, now=now)
    assert done.problems == ()
    return [each for each in done.certificates if each.data_class == "watchlist_staging"]
