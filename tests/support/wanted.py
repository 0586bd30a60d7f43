"""A deployment that is ready, with a list of three people whose status counts."""

from uuid import uuid4

from apps.audit.models import AuditEvent
from apps.deployments import api as deployments
from apps.deployments import operations
from apps.deployments.data import DeploymentState as S
from apps.vault import api as vault
from apps.watchlists.data import Category
from apps.watchlists.models import Picture, Subject
from tests.support.days import CHECKED, IMPORTED

PEOPLE = ("TS-001", "TS-002", "TS-003")


def with_people(day):
    """Ready, with a list of three people whose status counts. That they have one face is no matter here."""
    day.to(S.NOTICE_PUBLISHED)
    day.import_list()
    return with_three_wanted(day)


def with_three_wanted(day):
    make_three_wanted(day)
    day.step(deployments.seal_watchlist, day.planner, IMPORTED)
    day.accept()
    day.check()
    day.step(deployments.make_ready, day.silver, CHECKED)
    return day


def make_three_wanted(day):
    """The pack here has no evidence for anything but volunteers: what an operation would have is written."""

    def write():
        subject = Subject.objects.get()
        picture = Picture.objects.get()
        raw = vault.read(blob_id=picture.template_blob_id)
        jpeg = vault.read(blob_id=picture.picture_blob_id)
        key = subject.watchlist.key_id
        for reference in PEOPLE[1:]:
            subject.id, subject.reference, subject._state.adding = uuid4(), reference, True
            subject.save()
            ids = vault.store_many(
                key_id=key, plaintexts=[("picture", jpeg), ("template", raw)], now=IMPORTED
            )
            picture.id, picture.subject, picture._state.adding = uuid4(), subject, True
            picture.picture_blob_id, picture.template_blob_id = ids
            picture.save()
        Subject.objects.update(
            category=Category.COURT_WARRANT, status_checked_at=IMPORTED, date_of_birth="1990-01-01"
        )

    day.call(write)


def on_list(day):
    return day.call(
        lambda: sorted(Subject.objects.filter(removed_at=None).values_list("reference", flat=True))
    )


def checked_at(day, reference="TS-001"):
    return day.call(lambda: Subject.objects.get(reference=reference).status_checked_at)


def csv(*lines, at=CHECKED):
    rows = [f"{reference},{word},{at.isoformat()}" for reference, word in lines]
    return "\n".join(["reference,status,checked_at", *rows]).encode()


def by_file(day, raw, *, actor=None, whole=False, at_most=3, now=CHECKED):
    return day.step(
        operations.check_by_file, actor or day.planner, now, raw=raw, whole=whole, at_most=at_most
    )


def verbs(day):
    return day.call(lambda: list(AuditEvent.objects.values_list("verb", flat=True)))
