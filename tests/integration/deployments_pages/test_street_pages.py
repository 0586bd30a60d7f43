"""Signs, the public-engagement log and taking a person off the list, as somebody on the street uses them."""

from datetime import timedelta
from uuid import uuid4

import cv2
import numpy as np
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.alerts.models import Alert, Counter
from apps.audit.models import AuditEvent
from apps.core.data import Role
from apps.deployments import api as deployments
from apps.deployments.data import Cause, CheckKind
from apps.deployments.models import SignCheck
from apps.recognition import api as recognition
from apps.watchlists import api as watchlists
from apps.watchlists.models import Subject
from tests.support.cast import make_member
from tests.support.day_pages import NOW, check_of, press, see, send
from tests.support.days import CHECKED, START, astronaut, make_day
from tests.support.sign_picture import photograph

HERE = "51.7999, -0.2099"
SIGN = "signs/?approach="


def upload(content):
    return SimpleUploadedFile("sign.jpg", content, content_type="image/jpeg")


def stands(day, member, number, now=CHECKED, *, position=HERE, content=None):
    fields = {"result": "stands", "photograph": upload(content or photograph()), "position": position}
    return send(day, member, f"{SIGN}{number}", now, **fields)


def test_every_approach_needs_its_photograph_before_the_item_passes(sealed, cast):
    engineer = cast["engineer"]
    assert see(sealed, engineer, "checklist/?item=signage", CHECKED)[0] == 302
    status, page = send(sealed, engineer, f"{SIGN}1", CHECKED, result="stands")
    assert (status, "Add a photograph of the sign where it stands." in page) == (422, True)
    status, page = stands(sealed, engineer, 1, position="")
    assert (status, "does not say where it was taken" in page) == (422, True)
    status, page = stands(sealed, engineer, 1, position="48.8584, 2.2945")
    assert (status, "km from the place of the deployment" in page) == (422, True)
    status, page = stands(sealed, engineer, 1)
    assert (status, "1 of 2 signs stand." in page) == (302, True)
    assert not check_of(sealed, CheckKind.SIGNAGE).passed
    assert stands(sealed, engineer, 2)[0] == 302
    assert check_of(sealed, CheckKind.SIGNAGE).passed
    assert see(sealed, engineer, "signs/?approach=3", CHECKED)[0] == 404


def test_no_face_of_a_passer_by_is_stored_or_served(sealed, cast):
    """The photograph that is kept has none that the detector finds, and holds nothing the camera wrote."""
    street = np.full((720, 1280, 3), 170, np.uint8)
    face = cv2.imdecode(np.frombuffer(astronaut(), np.uint8), cv2.IMREAD_COLOR)
    street[100 : 100 + face.shape[0], 300 : 300 + face.shape[1]] = face[:600, :900]
    content = cv2.imencode(".jpg", street)[1].tobytes()
    assert stands(sealed, cast["engineer"], 1, content=content)[0] == 302
    row = sealed.call(SignCheck.objects.get, approach="High Street")
    assert row.faces_blurred >= 1
    page = see(sealed, cast["silver"], "signs/", CHECKED)[1]
    assert "Faces in it are blurred" in page
    served = cast["planner"].client().get(f"/deployments/{sealed.deployment_id}/signs/{row.id}.jpg")
    assert served.status_code == 200
    assert recognition.blur_faces(served.content).faces == 0
    assert b"Exif" not in served.content
    stranger = make_member(make_day("south"), "stranger", Role.SYSTEM_ENGINEER)
    address = f"/deployments/{sealed.deployment_id}/signs/{row.id}.jpg"
    assert stranger.client().get(address).status_code == 404


def test_a_sign_that_failed_stops_it_and_one_that_nobody_looked_at_is_said(live, cast):
    live.signs(now=START)
    assert "Look at the signs again" not in see(live, cast["silver"], "run/", NOW)[1]
    page = see(live, cast["silver"], "run/", START + timedelta(hours=4))[1]
    assert "Look at the signs again: nobody has within 4 hours at High Street and Church Lane." in page
    failed = {"result": "failed", "note": "blown over"}
    status, page = send(live, cast["engagement"], f"{SIGN}2", NOW, **failed)
    assert (status, "The deployment is suspended." in page) == (302, True)
    assert live.get().suspended_for is Cause.SIGN_FAILED
    page = see(live, cast["silver"], "run/", NOW)[1]
    assert "Suspended by a failed sign." in page
    assert "Church Lane: blown over" in page


def test_the_log_takes_words_of_people_on_duty_and_going_off_says_what_it_does(live, cast):
    entry = {"kind": "question", "happened_at": "10:20", "words": "Asked how long a picture is kept; told."}
    status, page = send(live, cast["engagement"], "engagement/", NOW, **entry)
    assert (status, "10:20am: A question" in page) == (302, True)
    assert "New entry" not in see(live, cast["planner"], "engagement/", NOW)[1]
    assert send(live, cast["planner"], "engagement/", NOW, **entry)[0] == 403
    late = NOW + timedelta(days=2)
    assert send(live, cast["engagement"], "engagement/", late, **entry)[0] in (302, 422)
    log = live.call(deployments.engagement_log, deployment_id=live.deployment_id)
    assert [row.words for row in log][:1] == [entry["words"]]
    page = see(live, cast["operator"], "run/", NOW)[1]
    assert "If too few people are left on duty, recognition stops by itself." in page
    status, page = press(live, cast["operator"], "lay_down", duty="operator")
    assert (status, "Too few people are left: the deployment is suspended." in page) == (302, True)
    assert "Off duty again: PC Operator" in page


class TestRemoval:
    def test_anybody_on_duty_takes_a_person_off_and_the_search_forgets_them(self, live, cast):
        """And an alert of them that is open gets a new number, so that every console fetches it again."""
        subject = live.call(Subject.objects.get)
        alert = _open_alert(live, subject)
        assert (
            "Nobody on the list answers"
            in send(live, cast["operator"], "remove/", step="find", words="xyz")[1]
        )
        status, page = send(live, cast["operator"], "remove/", step="find", words="test sub")
        assert (status, "Test subject TS-001 (TS-001)" in page) == (200, True)
        gone = {"words": "test sub", "person": str(subject.id), "reason": "arrested this morning"}
        status, page = send(live, cast["operator"], "remove/", step="remove", **gone)
        assert (status, "no search finds them any more" in page) == (302, True)
        watchlist_id = live.get().watchlist_id
        assert live.call(watchlists.subject_ids, watchlist_id=watchlist_id) == []
        again = live.call(Alert.objects.get, id=alert.id)
        assert again.revision > alert.revision
        assert again.state == "raised"
        told = AuditEvent.objects.filter(verb="alert.no_longer_wanted", object_id=alert.id)
        assert live.call(told.count) == 1
        # A second press removes nobody else and is no error.
        assert "Nobody on the list" in send(live, cast["operator"], "remove/", step="remove", **gone)[1]
        # Nor does somebody who is not on duty, or may know no name.
        other = make_member(live, "other", Role.OPERATOR)
        for member in (other, cast["engineer"], cast["admin"]):
            assert see(live, member, "remove/", NOW)[0] == 403
            assert send(live, member, "remove/", step="find", words="test")[0] == 403


def _open_alert(day, subject):
    day.call(Counter.objects.create, deployment_id=day.deployment_id, last_number=1, last_revision=1)
    return day.call(
        Alert.objects.create,
        deployment_id=day.deployment_id,
        camera_id=day.get().authority.cameras[0].id,
        track_id="a track",
        subject_id=subject.id,
        cosine_similarity=0.6,
        threshold=0.42,
        number=1,
        revision=1,
        raised_revision=1,
        asked_revision=1,
        captured_at=NOW,
        raised_at=NOW,
        expires_at=NOW + timedelta(seconds=60),
        purge_due_at=NOW + timedelta(hours=24),
        key_id=uuid4(),
        probe_blob_id=uuid4(),
        template_blob_id=uuid4(),
        state="raised",
    )
