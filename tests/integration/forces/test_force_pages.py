"""The administrator's pages: look, change with a reason and a preview, history, leaving."""

import pytest

from apps.core.clock import utc_now
from apps.core.tenancy import force_context
from apps.forces import api as forces
from tests.support.cast import make_cast
from tests.support.days import make_day

WHY = "The meeting of chief officers decided this."


@pytest.fixture
def day(real_db):
    return make_day("north")


@pytest.fixture
def admin(day):
    """The client of an administrator of the force."""
    return make_cast(day)["admin"].client()


def notice(**changes):
    typed = {
        "notice_minimum_days": 7,
        "notice_outage_tolerance_minutes": 30,
        "results_deadline_days": 5,
        "reason": WHY,
        "seen": 1,
    }
    return typed | changes


def test_a_change_is_previewed_confirmed_and_in_the_history(admin, day):
    page = admin.get("/force/").content.decode()
    assert "Version 1" in page
    assert "7 days" in page
    assert "Off" in page
    preview = admin.post("/force/change/notice/", notice(notice_minimum_days=10))
    body = preview.content.decode()
    assert preview.status_code == 200
    assert "10 days" in body
    assert "drafted from now on" in body
    assert forces.get_force(force_id=day.force.id).notice_minimum_days == 7
    done = admin.post("/force/change/notice/", notice(notice_minimum_days=10, confirmed="yes"))
    assert (done.status_code, done.url) == (302, "/force/")
    assert forces.get_force(force_id=day.force.id).notice_minimum_days == 10
    history = admin.get("/force/history/").content.decode()
    assert WHY in history
    assert "7 days" in history
    assert "10 days" in history


def test_what_another_setting_limits_is_said_as_it_holds(admin, day):
    """Half of the time that an alert waits comes first, whatever was typed for one nobody is there for."""
    holds = "300 seconds; for the first decision 7.5 seconds, half of what an alert waits"
    now = day.call(forces.get_force, force_id=day.force.id)
    sent = {each.key: getattr(now, each.key) for each in forces.of_section("day")}
    sent = {key: value for key, value in sent.items() if value is not False}
    sent |= {"decision_expiry_s": 15, "escalation_s": 300, "reason": WHY, "seen": 1}
    assert holds in admin.post("/force/change/day/", sent).content.decode()
    admin.post("/force/change/day/", sent | {"confirmed": "yes"})
    assert holds in admin.get("/force/").content.decode()
    assert holds in admin.get("/force/history/").content.decode()
    longer = admin.post("/force/change/day/", sent | {"decision_expiry_s": 600, "seen": 2}).content.decode()
    assert ">300 seconds<" in longer, "also where only the time that an alert waits changes"
    assert longer.count(holds) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"notice_minimum_days": 99}, "from 1 to 60 days"),
        ({"reason": "short"}, "at least 20 characters"),
        ({}, "nothing was changed"),
        ({"seen": 7, "results_deadline_days": 4}, "after you opened this page"),
    ],
    ids=["bounds", "reason", "nothing", "meanwhile"],
)
def test_what_is_refused_keeps_what_was_typed(admin, day, changes, words):
    answer = admin.post("/force/change/notice/", notice(confirmed="yes", **changes))
    body = answer.content.decode()
    assert answer.status_code == 422
    assert words in body
    assert "<title>Error: " in body
    assert forces.get_force(force_id=day.force.id).version == 1


def test_a_list_survives_the_preview(admin, day):
    asked = {
        "categories": ["suspected", "blue_list"], "serious_offences": "Robbery\nRape\n",
        "max_watchlist_size": 100, "list_window_hours": 24, "watchlist_keep_hours": 12,
        "minimum_picture_quality": 40,
        "status_valid_hours": 24, "status_service": "",
        "reason": WHY, "seen": 1,
    }  # fmt: skip
    preview = admin.post("/force/change/list/", asked)
    form = preview.context["form"]
    sent = {name: form[name].value() for name in form.fields} | {"reason": WHY, "seen": 1, "confirmed": "yes"}
    assert admin.post("/force/change/list/", sent).status_code == 302
    force = forces.get_force(force_id=day.force.id)
    assert (force.categories, force.serious_offences) == ({"suspected", "blue_list"}, ("Robbery", "Rape"))


def test_pages_are_for_administrators_only(day, admin):
    planner = make_cast(make_day("south"))["planner"].client()
    for path in ("/force/", "/force/change/notice/", "/force/history/", "/force/leaving/"):
        assert planner.get(path).status_code == 403
        assert admin.get(path).status_code == 200
    assert admin.get("/force/change/nothing/").status_code == 404


def test_two_administrators_at_the_same_time_keep_each_what_they_changed(admin, day):
    """The slower one reads what the other did, keeps their own change, and the next press saves it."""
    other = make_cast(day)["admin"].client()
    theirs = notice(results_deadline_days=8, confirmed="yes")
    assert other.post("/force/change/notice/", theirs).status_code == 302
    for step in ({}, {"confirmed": "yes"}, {"back": "yes"}):
        answer = admin.post("/force/change/notice/", notice(notice_minimum_days=10, **step))
        assert answer.status_code == 422
    body = answer.content.decode()
    for words in ("5 days", "8 days", "PC Admin", WHY):
        assert words in body, words
    form, why = answer.context["form"], answer.context["why"]
    again = {name: form[name].value() for name in form.fields} | {
        name: why[name].value() for name in why.fields
    }
    assert (again["results_deadline_days"], again["notice_minimum_days"], again["reason"]) == (8, 10, WHY)
    saved = admin.post("/force/change/notice/", again | {"confirmed": "yes"})
    assert saved.status_code == 302
    force = forces.get_force(force_id=day.force.id)
    assert (force.results_deadline_days, force.notice_minimum_days) == (8, 10)


def test_what_applies_at_once_is_not_said_to_bind_from_now_on(admin):
    page = admin.get("/force/change/records/")
    form = page.context["form"]
    typed = {name: form[name].value() for name in form.fields} | {"reason": WHY, "seen": 1}
    saved = admin.post("/force/change/records/", typed | {"idle_minutes": 5, "confirmed": "yes"}, follow=True)
    assert "It applies at once" in saved.content.decode()
    assert "It binds deployments drafted" not in saved.content.decode()


def test_one_administrator_refuses_the_leaving_on_the_page_and_says_why(admin, day):
    manifest = "ab" * 32
    with force_context(day.force.id):
        forces.note_export(manifest_sha256=manifest, counts={}, actor=day.system, now=utc_now())
    assert "Refuse the leaving" in admin.get("/force/leaving/").content.decode()
    assert admin.post("/force/leaving/", {"refuse": "yes", "manifest": manifest}).status_code == 422
    typed = {"refuse": "yes", "manifest": manifest, "reason": "We stay after all"}
    refused = admin.post("/force/leaving/", typed, follow=True).content.decode()
    assert "refused the leaving on" in refused
    assert "We stay after all" in refused
    assert "Confirm the leaving" not in refused
    typed = {"slug": day.force.slug, "sure": "on", "manifest": manifest}
    assert admin.post("/force/leaving/", typed).status_code == 422


def test_the_page_says_what_the_years_delete(admin):
    for path in ("/force/", "/force/change/records/"):
        page = admin.get(path).content.decode()
        for words in ("decision logs", "whole deployments", "membership register", "casework"):
            assert words in page
        assert "yet" not in page.split("How long records are kept")[1].split("</p>")[0]
