"""The annex about what is kept, on a phone and on a desk: found by keys, read aloud, nothing cut off."""

from tests.support.keyboard import press, reach
from tests.support.looks import check_page


def reader():
    from apps.core.data import Role
    from tests.support.alert_stage import make_stage

    return make_stage("north").person("reader", Role.FORCE_ADMIN)


def test_look_of_the_annex(off_loop, open_as, server):
    page = open_as(off_loop(reader), "/records/")
    press(page, page.get_by_role("link", name="What is kept, and for how long"))
    assert page.url.endswith("/records/retention/")
    assert page.locator("main section h2").count() == 6
    check_page(page, "annex")
    for region in page.locator(".table-wrap").all():
        reach(page, region)
    reach(page, page.get_by_role("link", name="PDF"))
