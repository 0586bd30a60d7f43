"""Results of a deployment that never was, for tests."""

from datetime import timedelta

from apps.notices.data import ResultRate, ResultsData
from tests.support.plans import END, START

RESULTS = ResultsData(
    started_at=START,
    ended_at=START + timedelta(hours=5, minutes=30),
    reviewed_at=END + timedelta(days=1),
    rehearsal=True,
    tracks=200,
    alerts=5,
    operator_rejected=1,
    confirmed_true=2,
    confirmed_false=1,
    unresolved=1,
    expired=1,
    false_of_alerts=ResultRate(2, 4, 0.0676, 0.932),
    false_of_tracks=ResultRate(2, 200, 0.0012, 0.0357),
    true_recognition=None,
    true_recognition_reason="the passes of the Blue List were not recorded",
    engagements=3,
    not_engaged=0,
    arrests=0,
    other_disposals=0,
    no_action=3,
    not_located=0,
    gaps=2,
    gaps_s=125.0,
    findings="The signs on the north side were hard to see.",
)
