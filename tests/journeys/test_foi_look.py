"""The form of an answer under the Freedom of Information Act, on a phone and on a desk."""

from tests.support.looks import check_page


def busy():
    from apps.core.data import Role
    from tests.support.reports import busy_stage

    stage = busy_stage()
    return stage.person("writer", Role.SILVER_COMMANDER)


def test_look_of_the_form(off_loop, open_as, server):
    page = open_as(off_loop(busy), "/records/foi/?kind=rehearsals")
    check_page(page, "foi")
    page.get_by_role("button", name="Make the answer").click()
    check_page(page, "foi-refused")
