"""Hostile pictures in an upload: a reason for each row, nobody on a list, and nothing is left of them."""

from itertools import islice

from apps.deployments import api as deployments
from apps.vault.models import VaultBlob
from apps.watchlists.data import ImportState
from apps.watchlists.models import Picture, StagedPicture, Subject
from tests import hostile_pictures
from tests.support.days import IMPORTED
from tests.support.import_jobs import begin, confirm, count, job_of, run
from tests.support.uploads import row

MUTATED = 12


def test_every_hostile_picture_has_a_reason_and_leaves_no_row(ready, photos):
    by_hand = hostile_pictures.made_by_hand()
    raws = list(islice(hostile_pictures.pictures(len(by_hand) + MUTATED), len(by_hand) + MUTATED))
    files = {f"h{number}.jpg": raw for number, raw in enumerate(raws)}
    rows = [row("TS-GOOD", "subject_b_1.jpg"), *(row(f"TS-{name}", name) for name in files)]
    before = count(ready, VaultBlob)
    job = begin(ready, rows, photos, extra=files)
    assert run(ready, job) == "checked"
    report = job_of(ready).report
    assert len(report.refused) + report.accepted_pictures == len(rows)
    assert {f"h{number}.jpg" for number in range(len(by_hand))} <= {
        each.picture_name for each in report.refused
    }
    assert all(each.reason and each.code for each in report.refused)
    assert (count(ready, Subject), count(ready, Picture)) == (0, 0)
    confirm(ready, job, refusals=True)
    assert run(ready, job) == "imported"
    assert job_of(ready).state is ImportState.IMPORTED
    assert count(ready, StagedPicture) == 0
    assert count(ready, VaultBlob) - before == 2 * count(ready, Picture)
    reason = "hostile pictures were in it"
    ready.step(deployments.discard_watchlist, ready.planner, IMPORTED, reason=reason)
    assert count(ready, VaultBlob) == before
