"""The page of 25 answers and a record on a phone and on a desk: read aloud, and nothing cut off."""

from tests.support.looks import LONG_PLACE, LONG_WORDS, check_page


def busy():
    from apps.core.data import Role
    from tests.support.reports import busy_stage, record_url, written

    stage = busy_stage()
    written(stage, place_name=LONG_PLACE, necessity=LONG_WORDS, less_intrusive_means=LONG_WORDS)
    return stage.person("reader", Role.OVERSIGHT), record_url(stage)


def test_look_of_the_answers(off_loop, open_as, server):
    reader, record = off_loop(busy)
    page = open_as(reader, "/records/answers/?kind=rehearsals")
    assert page.locator("main section h2").count() == 25
    check_page(page, "answers")
    for address, name in (
        (record, "record-long"),
        ("/records/", "records-long"),
        ("/records/period/?kind=rehearsals", "period-long"),
        ("/records/exceptions/", "exceptions-none"),
    ):
        page.goto(f"{server.address}{address}")
        check_page(page, name)
