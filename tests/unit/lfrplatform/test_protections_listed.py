"""Every row of tests/protections.toml is true of the code; `python -m tests.protections` tries them."""

import pytest

from tests.protections import CLONE, Edit, listed, names_a_test
from tests.protections_page import PAGE, page


def test_every_listed_protection_can_be_removed_and_names_a_test_that_exists():
    problems = []
    for protection in listed():
        try:
            protection.removed_from(CLONE)
        except (ValueError, OSError) as problem:
            problems.append(f"{protection.threat}: {problem}")
        if any(edit.old == edit.new for edit in protection.edits):
            problems.append(f"{protection.threat}: `new` changes nothing")
        if not names_a_test(protection.test):
            problems.append(f"{protection.threat}: there is no {protection.test}")
    assert problems == []


def test_the_document_names_every_protection():
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "docs/security/protections.md is older than the list: run `python -m tests.protections_page`"
    )


@pytest.mark.parametrize("text", ["", "a a"], ids=["gone", "twice"])
def test_a_row_that_no_longer_fits_the_code_is_noticed(text):
    with pytest.raises(ValueError, match="not once"):
        Edit("x.py", "a", "b").made_in(text)


def test_a_test_that_was_renamed_is_noticed():
    here = "tests/unit/lfrplatform/test_protections_listed.py"
    assert names_a_test(f"{here}::test_a_test_that_was_renamed_is_noticed")
    assert not names_a_test(f"{here}::test_of_another_name")
    assert not names_a_test(f"{here}::names_a_test")
    assert not names_a_test("tests/unit/test_nowhere.py::test_x")
