"""The page of 25 answers on a phone and on a desk: read aloud, and nothing cut off."""

from tests.support.looks import check_page


def busy():
    from apps.core.data import Role
    from tests.support.reports import busy_stage

    stage = busy_stage()
    return stage.person("reader", Role.OVERSIGHT)


def test_look_of_the_answers(off_loop, open_as, server):
    page = open_as(off_loop(busy), "/records/answers/?kind=rehearsals")
    assert page.locator("main section h2").count() == 25
    check_page(page, "answers")
