"""Settings have versions, and a deployment is judged by the version of its draft, setting by setting."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from apps.audit import api as audit
from apps.core.data import Actor, Role
from apps.core.errors import NotFound, NotPermitted, ReauthenticationNeeded, RuleViolated
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.deployments import facts, queries
from apps.deployments.data import DeploymentState as S
from apps.deployments.operations.lists import criteria_of
from apps.deployments.pages import overview
from apps.deployments.planning import plans
from apps.deployments.rules import consequences
from apps.deployments.rules.policies import check_import, check_start, check_submittable
from apps.deployments.rules.waiting import list_opens, results_due
from apps.forces import api as forces
from apps.forces import settings
from apps.forces.models import Force, ForceSettingsVersion
from apps.notices.operations import compose
from apps.watchlists.data import Category
from apps.watchlists.policies import row_problems
from tests.support.days import END, IMPORTED, PLANNED, START, listed, make_day

WHY = "Decided by the chief officers' meeting."


@pytest.fixture
def day(real_db):
    return make_day("north")


def admin(force_id, *, label="Admin", roles=(Role.FORCE_ADMIN,)):
    return Actor(uuid4(), label, force_id, frozenset(roles), reauthenticated=True)


def change(day, **changes):
    """By an administrator, from the version in force."""
    with force_context(day.force.id):
        seen = forces.get_force(force_id=day.force.id).version
        return forces.change_settings(
            changes=changes, seen_version=seen, reason=WHY, actor=admin(day.force.id), now=PLANNED
        )


def rules(day):
    with force_context(day.force.id):
        return deployments.rules_of(queries.get(deployment_id=day.deployment_id))


def test_a_change_is_a_version_with_its_author_reason_and_difference(day):
    changed = change(day, notice_minimum_days=10, categories=["suspected", "blue_list"])
    assert (changed.version, changed.notice_minimum_days) == (2, 10)
    with force_context(day.force.id):
        newest, first = forces.history(force_id=day.force.id)
        events = audit.events_about(object_id=day.force.id)
    assert (newest.number, newest.changed_by, newest.reason, newest.at) == (2, "Admin", WHY, PLANNED)
    assert next((each.label, each.before, each.after) for each in newest.differences) == (
        "Shortest notice", "7 days", "10 days",
    )  # fmt: skip
    assert first.differences == ()
    event = next(each for each in events if each.verb == "force.settings_changed")
    assert event.payload["changes"]["notice_minimum_days"] == {"from": 7, "to": 10}
    assert event.reason == WHY


OUT_OF_BOUNDS = [
    ({"notice_minimum_days": 0}, "from 1 to 60 days"),
    ({"alert_keep_hours": 25}, "from 1 to 24 hours"),
    ({"watchlist_keep_hours": 25}, "from 1 to 24 hours"),
    ({"minimum_staffing": 1}, "from 2 to 50 people"),
    ({"idle_minutes": 61}, "from 5 to 60 minutes"),
    ({"max_watchlist_size": 50_001}, "from 1 to 50,000 people"),
    ({"minimum_staffing": True}, "from 2 to 50 people"),
    ({"categories": []}, "choose at least one"),
    ({"categories": ["other"]}, "from the list only"),
    ({"withheld_counts": ["alerts"]}, "from the list only"),
    ({"serious_offences": ["Robbery", " robbery "]}, "twice"),
    ({"documents": [["Policy", "javascript:alert(1)"]]}, "https://"),
    ({"notice_paragraphs": ["The system is free of bias."]}, "error or of bias"),
    ({"notice_paragraphs": ["Pictures are kept for 30 days."]}, "how long data is kept"),
    ({"notice_paragraphs": ["You must not avoid the cameras."]}, "may avoid the area"),
    ({"notice_paragraphs": ["Anybody stopped has to give their name."]}, "no power to demand"),
    ({"notice_paragraphs": ["<b>Bold</b>"]}, "plain text"),
    ({"contact_lines": ["You must not avoid the area."]}, "may avoid the area"),
    ({"contact_lines": ["Images are kept for 5 years."]}, "how long data is kept"),
    ({"oversight_lines": ["The system is free of bias and always correct"]}, "error or of bias"),
    ({"contact_access": "You must identify yourself."}, "no power to demand"),
    ({"documents": [["You must not avoid it", "https://a.example"]]}, "may avoid the area"),
    ({"documents": [["Official", "https://www.gov.uk@evil.example/login"]]}, "no @"),
    ({"documents": [["Official", "http://north.example/"]]}, "https://"),
    ({"documents": [["Official", "https://p\u043elice.example/"]]}, "https://"),
    ({"documents": [["Official", "https://xn--plice-jye.example/"]]}, "https://"),
    ({"contact_lines": ["See https://eastmere.police.uk@evil.example/pay"]}, "no @"),
    ({"oversight_lines": ["See http://north.example"]}, "https://"),
    ({"oversight_lines": ["Panel \u202eneel"]}, "nobody sees"),
    ({"notice_paragraphs": ["You m\u200bust not avoid it."]}, "nobody sees"),
    ({"notice_paragraphs": ["You \uff4d\uff55\uff53\uff54 not avoid it."]}, "may avoid the area"),
    ({"notice_paragraphs": ["You must n\u043et avoid it."]}, "one alphabet"),
    ({"notice_paragraphs": ["Turning back will lead to a search of your person."]}, "may avoid the area"),
    ({"notice_minimum_days": 7}, "nothing was changed"),
]


def test_what_is_out_of_bounds_is_refused_with_what_to_do(day, subtests):
    for changes, words in OUT_OF_BOUNDS:
        with subtests.test(changes=ascii(changes)):
            with pytest.raises(RuleViolated, match=words):
                change(day, **changes)
            with force_context(day.force.id):
                assert ForceSettingsVersion.objects.count() == 1


def test_nothing_is_changed_by_somebody_who_only_sits_at_the_screen(day):
    with force_context(day.force.id), pytest.raises(ReauthenticationNeeded):
        forces.change_settings(
            changes={"minimum_staffing": 4},
            seen_version=1,
            reason=WHY,
            actor=replace(admin(day.force.id), reauthenticated=False),
            now=PLANNED,
        )
    with force_context(day.force.id):
        assert ForceSettingsVersion.objects.count() == 1


def test_words_of_the_force_that_repeat_a_promise_are_let_through():
    good = ["There is no permanent list. Officers are there to answer questions.", "You may avoid the area."]
    assert settings.problems({"notice_paragraphs": good}) == {}
    assert settings.problems({"contact_lines": ["Call 101, or see https://north.example/lfr."]}) == {}
    assert (
        settings.problems({"oversight_lines": ["Ynys M\u00f4n panel, O\u2019Brien House, 17 December"]}) == {}
    )


def test_only_an_administrator_of_the_force_changes_them_with_a_reason_and_from_what_they_read(day):
    other = make_day("south")
    asked = {"changes": {"minimum_staffing": 4}, "seen_version": 1, "reason": WHY, "now": PLANNED}
    with force_context(day.force.id):
        for actor in (admin(other.force.id), admin(day.force.id, roles=set(Role) - {Role.FORCE_ADMIN})):
            with pytest.raises(NotPermitted):
                forces.change_settings(**asked, actor=actor)
        with pytest.raises(RuleViolated, match="reason"):
            forces.change_settings(**{**asked, "reason": "short"}, actor=admin(day.force.id))
        forces.change_settings(**asked, actor=admin(day.force.id))
        with pytest.raises(RuleViolated, match="after you opened"):
            forces.change_settings(**asked, actor=admin(day.force.id))
    with force_context(other.force.id):
        assert forces.get_force(force_id=other.force.id).version == 1
        assert [each.number for each in forces.history(force_id=day.force.id)] == []


def test_the_settings_here_are_those_of_the_columns_the_data_and_the_other_apps(real_db):
    columns = {field.name for field in Force._meta.fields}
    assert set(settings.BY_KEY) <= columns
    assert set(settings.BY_KEY) == columns - {
        "id", "slug", "name", "created_at", "active_at", "settings_version",
    }  # fmt: skip
    assert list(settings.CATEGORIES) == [str(category) for category in Category]
    defaults = Force(id=uuid4(), slug="x", name="x")
    assert {key: getattr(defaults, key) for key in settings.BY_KEY} == settings.defaults()
    assert set(settings.defaults()["categories"]).isdisjoint({"associate", "witness", "victim"})


# A stricter value for each setting that binds: the old one passes where the new would not.
STRICTER = {
    "notice_minimum_days": 20, "results_deadline_days": 1, "categories": ["suspected"],
    "serious_offences": ["Robbery"], "max_watchlist_size": 5, "list_window_hours": 1,
    "watchlist_keep_hours": 2, "minimum_staffing": 40, "decision_expiry_s": 15, "alert_keep_hours": 3,
    "trial_mode": True, "withheld_counts": ["list_subjects"], "contact_data_protection": "dpo@new.example",
    "contact_access": "access@new.example", "contact_complaints": "psd@new.example",
    "contact_ico": "Z1234567", "contact_lines": ["New line"], "notice_paragraphs": ["New words."],
    "oversight_lines": ["New body"], "documents": [["New", "https://new.example"]],
    "minimum_picture_quality": 70, "status_valid_hours": 6, "urgent_confirmation_hours": 2,
    "notice_outage_tolerance_minutes": 5,
    "sign_check_minutes": 20, "dispatch_minutes": 5, "engagement_minutes": 5, "receipt_days": 30,
    "escalation_s": 10, "decoys": True, "decoy_minutes": 30,
}  # fmt: skip


def test_every_setting_that_binds_is_bound_and_a_new_draft_has_the_new_one(day):
    assert set(STRICTER) == {each.key for each in settings.ALL if each.binds}
    day.to(S.NOTICE_PUBLISHED)
    approved, before = day.deployment_id, rules(day)
    change(day, **STRICTER)
    assert rules(day) == before
    with force_context(day.force.id):
        notice = compose(queries.get(deployment_id=approved))
    assert (notice.notice_minimum_days, notice.paragraphs, notice.withheld) == (7, (), ())
    assert dict(notice.contacts)["data_protection"] == ""
    # The published assessment that the authority rests on, and no document of the later settings.
    assert [title for title, _ in notice.documents] == [
        "DPIA of the force, version 1 (data protection impact assessment)"
    ]
    day.draft()
    now_bound = rules(day)
    assert now_bound.version == 2
    for key, value in STRICTER.items():
        found = getattr(now_bound, key)
        assert settings.normal(settings.BY_KEY[key], found) == value, key
        assert found != getattr(before, key), key


def test_the_gates_judge_an_approved_deployment_by_its_own_settings(day):
    """Notice, categories, size, staffing, hours of the list, results: each where it acts."""
    day.to(S.LIST_SEALED)
    change(day, **STRICTER)
    with force_context(day.force.id):
        old = facts.of(queries.get(deployment_id=day.deployment_id))
        due = deployments.waits_for(deployment=old.deployment, now=IMPORTED)
        assert due.due is not None
        check_submittable(
            old.deployment.authority, force=old.force, cameras=old.cameras, grade=old.grade,
            notice_verified_at=None, now=PLANNED,
        )  # fmt: skip
        check_start(old.deployment, old, now=START)
        assert list_opens(old.deployment, old.force) == START - timedelta(hours=24)
        ended = replace(old.deployment, ended_at=END)
        assert results_due(ended, old.force) == END + timedelta(days=5)
        assert "24 hours" in " ".join(consequences.of_start(old.deployment, force=old.force))
        shown = overview.overview(
            deployment_id=day.deployment_id,
            force=forces.get_force(force_id=day.force.id),
            actor=day.planner,
            now=IMPORTED,
        )
        assert "for 7 days" in " ".join(step.title for step in shown.steps)
    day.draft()
    with force_context(day.force.id):
        new = facts.of(queries.get(deployment_id=day.deployment_id))
        with pytest.raises(RuleViolated) as refused:
            check_submittable(
                new.deployment.authority, force=new.force, cameras=new.cameras, grade=new.grade,
                notice_verified_at=None, now=PLANNED,
            )  # fmt: skip
        said = " ".join(refused.value.reasons)
        assert "20 days" in said
        assert "does not list blue list" in said
        assert "between 1 and 5" in said
        assert list_opens(new.deployment, new.force) == START - timedelta(hours=1)
        with pytest.raises(RuleViolated, match="1 hours before"):
            opened = replace(new.deployment, state=S.NOTICE_PUBLISHED)
            check_import(opened, force=new.force, now=START - timedelta(hours=2))
        assert plans.plan_choices(force=new.force, now=PLANNED).max_subjects == 5


def test_the_list_of_an_approved_deployment_keeps_its_deadline(day):
    day.to(S.NOTICE_PUBLISHED)
    change(day, watchlist_keep_hours=2, list_window_hours=1)
    day.import_list()
    from apps.watchlists import api as watchlists

    with force_context(day.force.id):
        found = watchlists.get_for_deployment(deployment_id=day.deployment_id)
    assert found is not None
    assert found.purge_due_at == END + timedelta(hours=24)


def test_the_least_picture_quality_binds_what_is_drafted_from_then_on(day):
    from apps.deployments.operations.lists import criteria_of

    def least():
        with force_context(day.force.id):
            known = facts.of(queries.get(deployment_id=day.deployment_id))
            return criteria_of(known.deployment.authority, force=known.force, grade=known.grade).min_quality

    day.draft()
    change(day, minimum_picture_quality=60)
    assert least() == 0.3
    day.draft()
    assert least() == 0.6


def test_an_alert_expires_and_goes_by_the_hours_of_its_deployment(day):
    from apps.alerts.models import Alert
    from apps.alerts.raising import set_deadlines

    def raised():
        with force_context(day.force.id):
            alert = Alert(raised_at=START, captured_at=START)
            set_deadlines(alert, facts.rules_of(queries.get(deployment_id=day.deployment_id)))
        return alert

    day.to(S.NOTICE_PUBLISHED)
    change(day, decision_expiry_s=15, alert_keep_hours=3)
    old = raised()
    day.draft()
    new = raised()
    assert (old.expires_at - START, old.purge_due_at - START) == (timedelta(seconds=60), timedelta(hours=24))
    assert (new.expires_at - START, new.purge_due_at - START) == (timedelta(seconds=15), timedelta(hours=3))


def test_a_version_that_never_was_is_an_error_and_not_the_one_in_force(day):
    with force_context(day.force.id), pytest.raises(NotFound):
        forces.settings_at(force_id=day.force.id, version=7)


def test_only_the_offences_of_the_force_are_listed_and_each_row_says_why(day):
    change(day, serious_offences=["Robbery", "Rape"])
    day.draft()
    with force_context(day.force.id):
        known = facts.of(queries.get(deployment_id=day.deployment_id))
        bare = criteria_of(known.deployment.authority, force=known.force, grade=known.grade)
    criteria = replace(
        bare, blue_list_only=False, categories=frozenset({"suspected", "court_warrant", "court_order"})
    )
    row = replace(
        listed(),
        category="suspected",
        consent_reference=None,
        date_of_birth=PLANNED.date().replace(year=1980),
    )

    def said(**changes):
        return [each.code for each in row_problems(replace(row, **changes), criteria=criteria, now=IMPORTED)]

    assert said(offence=" robbery ") == []
    assert said(offence="Shoplifting") == ["offence_not_listed"]
    assert said(offence="Shoplifting", category="court_warrant") == ["offence_not_listed"]
    assert said(offence="Breach of an order", category="court_order") == []
    everything = replace(criteria, offences=())
    assert row_problems(replace(row, offence="Shoplifting"), criteria=everything, now=IMPORTED) == []


def test_on_trial_nothing_is_submitted_before_the_last_results_are_public(day):
    change(day, trial_mode=True)
    day.to(S.SUBMITTED)
    first = day.get().reference
    second = day.draft(
        window_start=START + timedelta(days=30), window_end=START + timedelta(days=30, hours=4)
    )
    with pytest.raises(RuleViolated, match=f"results of {first} are public"):
        day.step(deployments.submit, day.planner, PLANNED)
    with force_context(day.force.id):
        button = deployments.actions(deployment_id=second.id, actor=day.planner, now=PLANNED)["submit"]
    assert button.shown
    assert not button.allowed
    for over in (S.REFUSED, S.RESULTS_PUBLISHED):
        with force_context(day.force.id):
            queries.rows().filter(reference=first).update(state=over)
            button = deployments.actions(deployment_id=second.id, actor=day.planner, now=PLANNED)["submit"]
        assert button.allowed, over
    day.step(deployments.submit, day.planner, PLANNED)


def test_without_trial_mode_several_are_submitted(day):
    day.to(S.SUBMITTED)
    day.draft(window_start=START + timedelta(days=30), window_end=START + timedelta(days=30, hours=4))
    day.step(deployments.submit, day.planner, PLANNED)


def test_the_public_reads_contacts_and_words_and_not_what_is_withheld(real_db):
    from django.test import Client

    from tests.support.results import RESULTS

    day = make_day(
        "north",
        contact_data_protection="dpo@north.example",
        contact_access="access@north.example",
        contact_complaints="Telephone 01632 960001",
        contact_ico="Registration Z0000000",
        notice_paragraphs=["Officers with leaflets stand at each end of the street."],
        withheld_counts=["list_subjects", "tracks", "other_disposals"],
    )
    day.to(S.NOTICE_PUBLISHED)
    body = Client().get(f"/notices/{day.force.slug}/lfr-2026-001/").content.decode()
    for words in ("dpo@north.example", "access@north.example", "01632 960001", "Z0000000", "leaflets stand"):
        assert words in body
    # What was promised to everybody stands beside it, whatever a force writes.
    assert "0303 123 1113" in body
    assert "no ground for stopping you" in body
    results = replace(RESULTS, list_subjects=4321, tracks=98765, other_disposals=77)
    told = results.without(sorted(day.force.withheld_counts))
    assert (told.list_subjects, told.tracks, told.other_disposals) == (None, None, None)
    from apps.notices.results import results_page

    page = str(results_page(told))
    assert "4,321" not in page
    assert "98,765" not in page
    assert page.count("Withheld by the force") == 3
