"""The file that says who is still wanted: believed whole or not at all (domain.md §4)."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.core import outgoing
from apps.core.errors import RuleViolated
from apps.core.outgoing import ServiceUnavailable
from apps.watchlists import status
from apps.watchlists.status import Answer, HttpStatus, Standing, read_status_file
from apps.watchlists.status_checks import AWAITED_FOR

HEAD = "reference,status,checked_at\n"
AT = "2026-06-15T09:00:00+01:00"
CHECKED = datetime(2026, 6, 15, 8, 0, tzinfo=UTC)


def test_a_file_answers_for_those_who_are_asked_about_and_nobody_else():
    source = read_status_file(
        f"{HEAD}W-1,wanted,{AT}\n\nW-2, No longer wanted ,{AT}\nW-3,UNKNOWN,{AT}\n".encode("utf-8-sig")
    )
    found = source.ask(["W-1", "W-2", "W-9"])
    assert found == {
        "W-1": Answer("W-1", Standing.WANTED, CHECKED),
        "W-2": Answer("W-2", Standing.NOT_WANTED, CHECKED),
    }


def test_semicolons_do_and_the_same_line_twice_is_one():
    line = f"W-1;wanted;{AT}\n"
    assert set(read_status_file((HEAD.replace(",", ";") + line + line).encode()).answers) == {"W-1"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "first line"),
        (b"reference,status\nW-1,wanted\n", "first line"),
        (HEAD.encode(), "names nobody"),
        (f"{HEAD}W-1,perhaps,{AT}\n".encode(), "Line 2: the status is one of"),
        (f"{HEAD}W-1,,{AT}\n".encode(), "the status is one of"),
        (f"{HEAD},wanted,{AT}\n".encode(), "reference is missing"),
        (f"{HEAD}W-1,wanted,\n".encode(), "checked_at"),
        (f"{HEAD}W-1,wanted,2026-06-15T09:00\n".encode(), "offset"),
        (f"{HEAD}W-1,wanted,{AT},more\n".encode(), "3 cells"),
        (f"{HEAD}W-1,wanted,{AT}\nW-1,unknown,{AT}\n".encode(), "Line 3: W-1 is there twice"),
        (f"{HEAD}W-1,wanted,{AT}\n".encode("utf-16"), "UTF-16"),
        (b"\x89PNG\r\n\x1a\n\xff", "not UTF-8"),
    ],
)
def test_half_a_file_is_never_believed(content, words):
    with pytest.raises(RuleViolated, match=words):
        read_status_file(content)


def told(**changes):
    return {"reference": "W-1", "status": "wanted", "checked_at": AT} | changes


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        {"people": None},
        {"people": ["W-1"]},
        {"people": []},
        {"people": [told(), told()]},
        {"people": [told(), told(reference="W-2")]},
        {"people": [told(reference="W-2")]},
        {"people": [told(reference=None)]},
        {"people": [told(status="yes")]},
        {"people": [told(status=None)]},
        {"people": [told(status=["wanted"])]},
        {"people": [told(checked_at=None)]},
        {"people": [told(checked_at="now")]},
        {"people": [told(checked_at="2026-06-15T09:00:00")]},
        {"people": [{"reference": "W-1"}]},
    ],
)
def test_an_answer_of_the_service_that_is_not_whole_is_no_answer(monkeypatch, answer):
    monkeypatch.setattr(status.outgoing, "ask_json", lambda *_, **__: answer)
    with pytest.raises(ServiceUnavailable) as refused:
        HttpStatus("https://x.example/", "a key nobody may read").ask(["W-1"])
    assert "W-1" not in str(refused.value)


def test_a_service_that_takes_long_for_each_part_is_not_waited_for(monkeypatch):
    """Before anybody else would ask about the same list, who takes the first asker for dead."""
    clock = iter(range(0, 10_000, 30))
    monkeypatch.setattr(status.time, "monotonic", lambda: next(clock))
    asked = []

    def answering(url, *, key, question):
        asked.append(len(question["references"]))
        return {"people": [told(reference=each) for each in question["references"]]}

    monkeypatch.setattr(status.outgoing, "ask_json", answering)
    with pytest.raises(ServiceUnavailable, match="too long"):
        HttpStatus("https://x.example/", "").ask([f"W-{n}" for n in range(20_000)])
    assert len(asked) < 5
    longest = timedelta(seconds=status.ANSWERED_WITHIN_S + outgoing.ANSWERS_WITHIN_S)
    assert longest + timedelta(minutes=1) < AWAITED_FOR


def test_many_are_asked_about_in_parts_and_the_key_is_in_no_text(monkeypatch):
    asked = []

    def answering(url, *, key, question):
        asked.append(len(question["references"]))
        return {"people": [told(reference=each) for each in question["references"]]}

    monkeypatch.setattr(status.outgoing, "ask_json", answering)
    source = HttpStatus("https://x.example/secret-path", "a key nobody may read")
    assert len(source.ask([f"W-{n}" for n in range(1_201)])) == 1_201
    assert asked == [500, 500, 201]
    assert "key nobody" not in repr(source)
    assert "secret-path" not in repr(source)
