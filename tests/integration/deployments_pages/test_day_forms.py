"""Forms of the day on a phone: nothing is lost, nothing lies in the future, what is missing says where."""

import html
import json
import re
from datetime import UTC, datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from apps.audit.models import AuditEvent
from apps.core import retention
from apps.core.clock import london
from apps.deployments import api as deployments
from apps.deployments.data import Cause, Duty, Place
from apps.deployments.data import DeploymentState as S
from apps.deployments.models import KeptPhotograph, SignCheck
from tests.support.cast import make_cast
from tests.support.day_pages import NOW, press, see, send
from tests.support.days import CHECKED, IMPORTED, PLANNED, START, make_day
from tests.support.plans import SQUARE
from tests.support.sign_picture import photograph

SIGN = "signs/?approach=1"
HERE = "51.7999, -0.2099"


def upload(content=None):
    return SimpleUploadedFile("sign.jpg", content or photograph(), content_type="image/jpeg")


def rows(day, model):
    return day.call(model.objects.count)


class TestSign:
    def test_the_photograph_survives_a_mistake_in_another_field(self, sealed, cast):
        engineer = cast["engineer"]
        status, page = send(sealed, engineer, SIGN, CHECKED, result="stands", photograph=upload())
        assert status == 422
        assert "Your photograph is here" in page
        assert page.index("Give the position of the sign") < page.index('id="id_position"')
        assert rows(sealed, SignCheck) == 0
        # Nobody else finds it on their form, and it stands for no other approach.
        assert "Your photograph is here" not in see(sealed, cast["silver"], SIGN, CHECKED)[1]
        assert "Your photograph is here" not in see(sealed, engineer, "signs/?approach=2", CHECKED)[1]
        later = CHECKED + timedelta(minutes=5)
        assert "Your photograph is here" in see(sealed, engineer, SIGN, later)[1]
        status, page = send(sealed, engineer, SIGN, later, result="stands", position=HERE)
        assert (status, "1 of 2 signs stand." in page) == (302, True)
        assert (rows(sealed, KeptPhotograph), rows(sealed, SignCheck)) == (0, 1)

    def test_the_photograph_of_an_earlier_look_proves_no_later_one(self, sealed, cast):
        """Nobody sends one picture all day in place of walking round."""
        sent = {"result": "stands", "position": HERE}
        assert send(sealed, cast["engineer"], SIGN, CHECKED, photograph=upload(), **sent)[0] == 302
        later = CHECKED + timedelta(hours=1)
        for name in ("engineer", "silver"):
            status, page = send(sealed, cast[name], SIGN, later, photograph=upload(), **sent)
            assert status == 422
            assert "This very photograph was recorded for this sign already" in page
            assert "Your photograph is here" not in page
        assert rows(sealed, SignCheck) == 1
        new = upload(photograph(width=800))
        assert send(sealed, cast["engineer"], SIGN, later, photograph=new, **sent)[0] == 302
        # A sign that is gone stops people from being looked at, whatever picture comes with it.
        failed = {"result": "failed", "note": "blown over", "photograph": upload()}
        assert send(sealed, cast["engineer"], SIGN, later, **failed)[0] == 302
        assert rows(sealed, SignCheck) == 3

    def test_it_is_deleted_after_minutes_and_proves_nothing_then(self, sealed, cast):
        send(sealed, cast["engineer"], SIGN, CHECKED, result="stands", photograph=upload())
        late = CHECKED + timedelta(minutes=15)
        status, page = send(sealed, cast["engineer"], SIGN, late, result="stands", position=HERE)
        assert (status, "Add a photograph of the sign" in page) == (422, True)
        (rule,) = [rule for rule in retention.rules() if rule.data_class == "sign_photographs_waiting"]
        assert sealed.call(lambda: rule.due_count(late - timedelta(seconds=1))) == 0
        assert [done.counts for done in sealed.call(lambda: rule.purge(late))] == [{"photographs": 1}]
        assert sealed.call(lambda: rule.verify(late)) == []
        assert rows(sealed, KeptPhotograph) == 0
        told = AuditEvent.objects.filter(verb="deployment.sign_photograph_deleted")
        assert sealed.call(told.count) == 1

    def test_a_sign_that_failed_stops_it_whatever_the_picture_is(self, live, cast):
        failed = {"result": "failed", "note": "blown over", "photograph": upload(b"<svg/>")}
        status, page = send(live, cast["engagement"], SIGN, NOW, **failed)
        assert (status, "The photograph was not stored." in page) == (302, True)
        assert live.get().suspended_for is Cause.SIGN_FAILED

    def test_only_this_page_may_ask_where_the_device_is(self, sealed, cast):
        client = cast["engineer"].client()
        answer = client.get(f"/deployments/{sealed.deployment_id}/{SIGN}")
        assert "geolocation=(self)" in answer.headers["Permissions-Policy"]
        assert "camera=()" in answer.headers["Permissions-Policy"]
        for page in ("signs/", "run/"):
            policy = client.get(f"/deployments/{sealed.deployment_id}/{page}").headers["Permissions-Policy"]
            assert "geolocation=()" in policy

    def test_the_device_measures_to_each_place_that_may_be_used(self, day, cast):
        """A sign before an alternative place is no wrong sign: the page knows every area that counts."""
        green = ((51.83, -0.21), (51.83, -0.20), (51.82, -0.20))
        day.draft(alternatives=(Place(name="The green", polygon=green),))
        day.step(deployments.submit, day.planner, PLANNED)
        day.approve()
        day.verify()
        day.import_list()
        day.step(deployments.seal_watchlist, day.planner, IMPORTED)
        day.accept()
        page = see(day, cast["engineer"], SIGN, CHECKED)[1]
        areas = json.loads(html.unescape(re.search(r'data-areas="([^"]*)"', page)[1]))
        assert areas == [[list(corner) for corner in area] for area in (SQUARE, green)]

    def test_how_far_it_stands_from_the_area_is_said_and_doubted(self, sealed, cast):
        away = "51.8040, -0.2099"
        sent = {"result": "stands", "photograph": upload(), "position": away}
        page = send(sealed, cast["engineer"], SIGN, CHECKED, **sent)[1]
        assert "m from the area. Look whether that is the right sign." in page
        assert "m from the area)" in see(sealed, cast["silver"], "signs/", CHECKED)[1]


class TestLog:
    def test_a_time_that_is_still_to_come_is_refused_and_nothing_is_put_on_another_day(self, live, cast):
        entry = {"kind": "question", "happened_at": "23:59", "words": "Asked how long a picture is kept."}
        status, page = send(live, cast["engagement"], "engagement/", NOW, **entry)
        assert (status, "This time is still to come." in page) == (422, True)
        assert live.call(deployments.engagement_log, deployment_id=live.deployment_id) == []
        early = {**entry, "happened_at": "06:30"}
        status, page = send(live, cast["engagement"], "engagement/", NOW, **early)
        assert (status, "The log opened when the list was sealed" in page) == (422, True)

    def test_what_was_said_in_the_minute_of_the_seal_is_taken(self, day, cast):
        day.to(S.NOTICE_PUBLISHED)
        day.import_list()
        sealed_at = IMPORTED + timedelta(seconds=30)
        day.step(deployments.seal_watchlist, day.planner, sealed_at)
        minute = f"{london(IMPORTED):%H:%M}"
        entry = {"kind": "question", "happened_at": minute, "words": "Asked how long a picture is kept."}
        assert send(day, cast["engagement"], "engagement/", sealed_at, **entry)[0] == 302

    def test_entries_stand_in_order_with_their_day(self, real_db):
        """A deployment over midnight: the day is asked for, and said where it changes."""
        day = make_day("north")
        cast = make_cast(day)
        midnight = datetime(2026, 12, 11, 0, 0, tzinfo=UTC)
        day.to(S.LIVE)
        now = midnight + timedelta(minutes=30)
        page = see(day, cast["engagement"], "engagement/", now)[1]
        assert "Yesterday, Thursday 10 December 2026" in page
        words = {"kind": "question", "words": "Asked how long a picture is kept."}
        sent = {**words, "happened_at": "00:10", "happened_on": "2026-12-11"}
        assert send(day, cast["engagement"], "engagement/", now, **sent)[0] == 302
        sent = {**words, "happened_at": "23:50", "happened_on": "2026-12-10"}
        page = send(day, cast["engagement"], "engagement/", now, **sent)[1]
        first = page.index("Thursday 10 December 2026, 11:50pm: A question")
        assert first < page.index("Friday 11 December 2026, 12:10am: A question")
        sent = {**words, "happened_at": "10:00", "happened_on": "2026-12-01"}
        assert send(day, cast["engagement"], "engagement/", now, **sent)[0] == 422


class TestRun:
    def test_after_somebody_left_it_says_who_can_mend_it_and_that_one_has_nothing_to_choose(self, live, cast):
        press(live, cast["operator"], "lay_down", duty="operator")
        page = see(live, cast["operator"], "run/")[1]
        assert re.search(r'<input[^>]*name="duty"[^>]*value="operator"[^>]*checked', page)

        page = see(live, cast["silver"], "run/")[1]
        waits = "It waits for an operator who takes that duty; then the silver commander resumes"
        assert waits in page
        assert "Waiting for the silver commander to resume" not in page
        mine = see(live, cast["operator"], "run/")[1]
        assert f'<a href="/deployments/{live.deployment_id}/run/#duties">Take a duty</a>' in mine
        # Whoever cannot mend it reads who can.
        assert "For an operator." in page
        # One role never mends what another has to: the link would lead to a form without that duty.
        assert "For an engagement officer or an operator" not in page
        engagement = see(live, cast["engagement"], "run/")[1]
        assert "#duties" not in engagement
        assert "No operator is on duty any more" in engagement

    def test_every_reason_says_who_mends_it_and_links_to_where(self, sealed, cast):
        silver = see(sealed, cast["silver"], "run/", CHECKED)[1]
        one = f"/deployments/{sealed.deployment_id}"
        assert f'<a href="{one}/signs/">The signs</a>' in silver
        assert f'<a href="{one}/checklist/?item=camera_focus">Record: ' in silver
        operator = see(sealed, cast["operator"], "run/", CHECKED)[1]
        assert f'<a href="{one}/signs/">The signs</a></li>' not in operator.split('id="duty"')[0]
        assert "For an engagement officer, a silver commander or a system engineer." in operator
        assert f'<a href="{one}/run/#duties">Take a duty</a>' in operator

    def test_without_a_list_nobody_is_told_that_it_waits_for_an_acceptance(self, day, cast):
        day.to(S.NOTICE_PUBLISHED)
        page = see(day, cast["silver"], "run/", IMPORTED)[1]
        assert "No list is sealed yet. It waits for the planner." in page
        assert "The sealed list has not been accepted" not in page

    def test_each_page_of_the_day_says_that_it_is_suspended_and_why(self, live, cast):
        pages = ("checklist/", "signs/", SIGN, "engagement/", "remove/", "run/")
        for page in pages:
            assert "Suspended: too few" not in see(live, cast["engagement"], page)[1], page
        live.step(deployments.lay_down_duty, live.operator, NOW, duty=Duty.OPERATOR)
        for page in pages:
            found = see(live, cast["engagement"], page)[1]
            assert "Suspended: too few people on duty" in found, page
            # The link is no part of the sentence that somebody typed.
            said = found.split("Suspended: too few people on duty")[1][:600]
            assert page == "run/" or "</p><p><a href" in said
            assert "No operator is on duty any more" in found, page
            assert 'id="now" data-refresh' in found, page


def test_whoever_may_take_a_person_off_finds_the_page(live, cast):
    for name in ("planner", "officer", "silver", "operator", "engagement"):
        page = see(live, cast[name], "", START)[1]
        assert f"/deployments/{live.deployment_id}/remove/" in page, name
    for name in ("engineer", "admin"):
        assert f"/deployments/{live.deployment_id}/remove/" not in see(live, cast[name], "", START)[1]
