"""A request that cannot be read is answered with a page that says what to do, and not with an empty one."""

import pytest

from apps.core.data import Role
from tests.support.cast import make_cast
from tests.support.days import make_day
from tests.support.places import Place, type_password


def test_a_file_with_a_very_long_name_is_refused_in_words(real_db):
    client = type_password(Place().person(Role.OVERSIGHT))[0]
    body = (
        b'--f\r\nContent-Disposition: form-data; name="rows"; filename="'
        + b"a" * 3000
        + b'.csv"\r\nContent-Type: text/csv\r\n\r\nx\r\n--f--\r\n'
    )
    answer = client.post("/audit/export/", data=body, content_type="multipart/form-data; boundary=f")
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "<h1>This could not be read</h1>" in page
    assert "Nothing of it was stored" in page
    assert "shorter name" in page
    assert "aaaa" not in page


@pytest.mark.parametrize("sent", [{}, {"step": "nonsense"}], ids=["nothing", "nonsense"])
def test_a_button_that_is_not_known_is_no_matter_of_role_or_force(real_db, sent):
    day = make_day("north")
    cast = make_cast(day)
    day.draft()
    answer = cast["planner"].client().post(f"/deployments/{day.deployment_id}/list/", sent)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "This button is not known" in page
    assert "your role or your force" not in page
