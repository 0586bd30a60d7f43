"""The force's own base map: who keeps it, who sees it, and that it lies under the areas of its plans."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.audit.models import AuditEvent
from apps.core.tenancy import force_context
from apps.deployments.data import DeploymentState as S
from tests.support.base_maps import named_map
from tests.support.cast import make_cast
from tests.support.days import make_day

BOX = {"south": 51.7, "west": -0.3, "north": 51.9, "east": -0.1}
ELSEWHERE = {"south": 52.7, "west": -0.3, "north": 52.9, "east": -0.1}
SOURCE = "Exampleshire County Council, open data"


@pytest.fixture
def day(real_db):
    return make_day("north")


@pytest.fixture
def cast(day):
    return make_cast(day)


HIGH_STREET = ("High Street", [[-0.22, 51.795], [-0.19, 51.795]])
FAR_STREET = ("Far Street", [[-0.22, 52.8], [-0.19, 52.8]])


def upload(client, content, source=SOURCE):
    sent = {"content": SimpleUploadedFile("map.geojson", content), "source": source}
    return client.post("/force/map/", sent)


def lines(client, box=BOX):
    answer = client.get("/force/map.json", box)
    assert answer.headers["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    return [line["name"] for line in answer.json()["lines"]]


def verbs(day):
    with force_context(day.force.id):
        found = AuditEvent.objects.filter(verb__startswith="force.base_map").order_by("ordinal")
        return list(found.values_list("verb", flat=True))


def test_a_map_is_uploaded_seen_replaced_and_removed(day, cast):
    admin, planner = cast["admin"].client(), cast["planner"].client()
    assert "no map yet" in admin.get("/force/map/").content.decode()
    assert lines(planner) == []
    assert upload(admin, named_map(HIGH_STREET, FAR_STREET)).status_code == 302
    page = admin.get("/force/map/").content.decode()
    assert SOURCE in page
    assert "2 lines" in page
    assert (lines(planner), lines(planner, ELSEWHERE)) == (["High Street"], ["Far Street"])
    assert upload(admin, named_map(FAR_STREET)).status_code == 302
    assert (lines(planner), lines(planner, ELSEWHERE)) == ([], ["Far Street"])
    slip = admin.post("/force/map/", {"remove": "1"}, follow=True).content.decode()
    assert "Nothing was removed" in slip
    assert lines(planner, ELSEWHERE) == ["Far Street"]
    assert admin.post("/force/map/", {"remove": "1", "sure": "yes"}).status_code == 302
    assert lines(planner, ELSEWHERE) == []
    # Twice is no fault, and is not recorded as something that happened.
    assert admin.post("/force/map/", {"remove": "1", "sure": "yes"}).status_code == 302
    assert verbs(day) == ["force.base_map_replaced", "force.base_map_replaced", "force.base_map_removed"]


def test_a_refused_file_leaves_the_map_that_was_there(day, cast):
    admin = cast["admin"].client()
    upload(admin, named_map(HIGH_STREET))
    for content, source, field, words in (
        (b"{}", SOURCE, "content", "no FeatureCollection"),
        (named_map(("Square", [-0.2, 51.8]), geometry="Point"), SOURCE, "content", "is no line"),
        (named_map(("Abroad", [[2.3, 48.8], [2.4, 48.8]])), SOURCE, "content", "not in the United Kingdom"),
        (named_map(FAR_STREET), " ", "source", "Say whose map it is"),
        (b"", SOURCE, "content", "empty"),
    ):
        refused = upload(admin, content, source)
        assert refused.status_code == 422
        assert words in str(refused.context["form"].errors[field])
    assert lines(admin) == ["High Street"]
    assert verbs(day) == ["force.base_map_replaced"]


def test_another_force_never_gets_it_and_nobody_else_puts_one_there(day, cast):
    upload(cast["admin"].client(), named_map(HIGH_STREET))
    south = make_cast(make_day("south"))
    assert lines(south["planner"].client()) == []
    assert SOURCE not in south["admin"].client().get("/force/map/").content.decode()
    # The map of one force is not taken away by the other.
    assert south["admin"].client().post("/force/map/", {"remove": "1", "sure": "yes"}).status_code == 302
    assert upload(cast["planner"].client(), named_map(FAR_STREET)).status_code == 403
    assert cast["oversight"].client().get("/force/map.json", BOX).status_code == 403
    assert lines(cast["officer"].client()) == ["High Street"]


@pytest.mark.parametrize(
    "box",
    [{}, {**BOX, "south": "here"}, {**BOX, "north": "nan"}, {**BOX, "east": "1e9"}],
    ids=["nothing", "a word", "no number", "off the globe"],
)
def test_a_box_that_is_none_is_refused(cast, box):
    assert cast["planner"].client().get("/force/map.json", box).status_code == 422


def test_it_lies_under_the_area_for_those_who_read_the_plan_and_never_on_the_notice(day, cast):
    upload(cast["admin"].client(), named_map(HIGH_STREET, FAR_STREET))
    day.draft()
    planner = cast["planner"].client()
    for page in ("", "authority/", "submit/", "plan/place/"):
        shown = planner.get(f"/deployments/{day.deployment_id}/{page}").content.decode()
        assert shown.count("area__line--road") == 1, page
        assert SOURCE in shown
    published = day.to(S.NOTICE_PUBLISHED)
    notice = Client().get(f"/notices/{day.force.slug}/{published.reference.lower()}/").content.decode()
    assert "area__zone" in notice
    assert "area__line" not in notice
    assert SOURCE not in notice
