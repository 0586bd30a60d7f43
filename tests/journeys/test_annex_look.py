"""The annex about what is kept, on a phone and on a desk: read aloud, and nothing cut off."""

from tests.support.looks import check_page


def reader():
    from apps.core.data import Role
    from tests.support.alert_stage import make_stage

    return make_stage("north").person("reader", Role.FORCE_ADMIN)


def test_look_of_the_annex(off_loop, open_as, server):
    page = open_as(off_loop(reader), "/records/retention/")
    assert page.locator("main section h2").count() == 6
    check_page(page, "annex")
