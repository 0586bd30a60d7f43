"""What a notice says of how long things are kept: its own force's numbers, in the language of the page."""

from django.test import Client

from apps.deployments.data import DeploymentState as S
from apps.notices import api as notices
from tests.support.days import make_day
from tests.support.outline import Outline

YEARS = {"decision_log_years": 4, "authority_years": 9, "audit_years": 11, "register_years": 1}


def published(**settings):
    day = make_day("gogledd", languages=["cy"], **settings)
    day.to(S.NOTICE_PUBLISHED)
    return day, day.call(notices.get_for_deployment, deployment_id=day.deployment_id)


def rows_of(notice):
    return dict(notice.content.deletion)


def test_a_notice_says_the_numbers_of_its_own_force(real_db):
    _, notice = published(
        **YEARS, receipt_days=45, alert_keep_hours=12, watchlist_keep_hours=1, decision_expiry_s=30
    )
    rows = rows_of(notice)
    for what, kept in {
        "The audit record": "By the schedule of the force: 11 years",
        "The log of alerts": "By the schedule of the force: 4 years",
        "Free words": "By the schedule of the force: 4 years. The record itself has no name",
        "The plan of a deployment": "By the schedule of the force: 9 years",
        "This notice": "By the schedule of the force: 9 years",
        "Who was on which list": "By the schedule of the force: 1 year. It answers",
        "Receipts": "45 days from",
        "Pictures and measurements of alerts": "At most 12 hours from the alert",
        "The list for a deployment": "At most 1 hour after",
    }.items():
        (said,) = [text for title, text in rows.items() if title.startswith(what)]
        assert said.startswith(kept)
    assert [text for text in rows.values() if "default" in text or "%" in text] == []


def test_in_welsh_nothing_of_the_table_is_english(real_db):
    day, notice = published(**YEARS)
    path = f"/cy/notices/{day.force.slug}/{notice.slug}/"
    page = Client().get(path).content.decode()
    table = page.partition('<section class="deleted">')[2].partition("</section>")[0]
    assert table.count("<dt>") == len(rows_of(notice))
    assert 'lang="en' not in table
    text = Outline(table).text
    assert "Yn ôl amserlen yr heddlu: 11 o flynyddoedd" in text
    assert [word for word in ("years", "schedule", "kept", "without") if word in text.split()] == []
