"""A day on which operators may be shown decoys, for the tests of decoys."""

import random
from datetime import date, timedelta

from apps.alerts import api as alerts
from apps.alerts.models import Alert
from apps.core.clock import utc_now
from apps.watchlists.models import Consent, Subject


def agree(stage, *subjects, decoys_too=True):
    with stage.context():
        for number, subject_id in enumerate(subjects):
            reference = f"AGREED-{number}-{decoys_too}"
            Subject.objects.filter(id=subject_id).update(consent_reference=reference)
            Consent.objects.create(
                reference=reference, folded=reference.casefold(), member_id=subject_id, member_label="PC A",
                begins_on=date(2020, 1, 1), ends_on=date(2099, 1, 1), ends_at=utc_now() + timedelta(days=300),
                wording_version="1", given_how="paper", recorded_at=utc_now(), recorded_by_id=subject_id,
                recorded_by_label="admin", decoys=decoys_too,
            )  # fmt: skip


def at_console(stage, person):
    return person.client().get(f"/console/{stage.deployment_id}/alerts.json").json()


def show(stage, *, later=timedelta(0), seed=1, **values):
    return stage.within(alerts.show_decoys, now=utc_now() + later, chance=random.Random(seed), **values)


def the_decoy(stage):
    return stage.within(lambda: Alert.objects.get(decoy=True))
