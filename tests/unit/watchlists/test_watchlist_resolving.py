"""What follows from a person's word about two identities with one face: rows, pairs, chains, circles."""

from itertools import permutations

import numpy as np
import pytest

from apps.recognition.api import SameFace, SameFaceBasis
from apps.watchlists.comparing import MOST_CONFLICTS
from apps.watchlists.data import Criteria, Refused, Settlement
from apps.watchlists.faces import Face
from apps.watchlists.intake import examine
from apps.watchlists.resolving import NOTHING_DECIDED, Settled, applied, resolution
from tests.support.consents import AGREED
from tests.support.days import IMPORTED
from tests.support.uploads import row

CRITERIA = Criteria(frozenset({"blue_list"}), 10_000, True, "any", 0.0, consents=AGREED)


class Faces:
    """Each picture is named after its face: `c-1.jpg` and `c-2.jpg` are one, `c-1.jpg=x` is a copy."""

    def __init__(self, names):
        self.known = {name: number for number, name in enumerate(sorted({n.split("-")[0] for n in names}))}

    def digest(self, name):
        return name.split("=")[0]

    def face(self, name):
        template = np.zeros(max(len(self.known), 2), np.float32)
        template[self.known[name.split("-")[0]]] = 1
        return Face(0.9, (), template, self.digest(name).encode)


def at_half(pairs):
    return SameFace(0.5, SameFaceBasis.MEASURED, pairs)


def found(rows, decided=NOTHING_DECIDED):
    rows = applied(rows, decided)
    faces = Faces([each.picture_name for each in rows])
    return examine(rows, faces=faces, criteria=CRITERIA, same_face=at_half, now=IMPORTED, decided=decided)


ROWS = [row("A", "c-1.jpg", display_name="One"), row("B", "c-2.jpg", display_name="Two"), row("C", "x-1.jpg")]


def people(examination):
    return {ref: [each.row.picture_name for each in got] for ref, got in examination.subjects.items()}


def test_undecided_both_are_refused_and_the_pair_is_named():
    examination = found(ROWS)
    assert people(examination) == {"C": ["x-1.jpg"]}
    assert {each.code for each in examination.refused} == {Refused.SAME_FACE}
    assert [(each.pair, each.same_picture) for each in examination.conflicts] == [(("A", "B"), False)]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (Settlement.ONLY_FIRST, {"A": ["c-1.jpg"]}),
        (Settlement.ONLY_SECOND, {"B": ["c-2.jpg"]}),
        (Settlement.SAME_FIRST, {"A": ["c-1.jpg", "c-2.jpg"]}),
        (Settlement.SAME_SECOND, {"B": ["c-1.jpg", "c-2.jpg"]}),
        (Settlement.NEITHER, {}),
    ],
    ids=str,
)
def test_what_is_decided_is_what_is_listed(choice, expected):
    examination = found(ROWS, resolution([Settled("A", "B", choice)]))
    assert people(examination) == expected | {"C": ["x-1.jpg"]}
    assert examination.conflicts == ()
    left = {"A", "B"} - set(expected) if "same" not in choice else set()
    assert {each.reference for each in examination.refused if each.code == Refused.LEFT_OUT} == left
    names = {each.row.display_name for ref, got in examination.subjects.items() for each in got if ref != "C"}
    assert names <= {"A": {"One"}, "B": {"Two"}}.get(next(iter(expected), ""), set())


def test_two_people_count_only_when_confirmed():
    said = Settled("A", "B", Settlement.TWO_PEOPLE)
    assert found(ROWS, resolution([said])).conflicts != ()
    believed = found(ROWS, resolution([Settled("A", "B", Settlement.TWO_PEOPLE, confirmed=True)]))
    assert (believed.conflicts, believed.refused, set(people(believed))) == ((), (), {"A", "B", "C"})


def test_two_people_clears_that_pair_and_no_other():
    rows = [*ROWS, row("D", "c-3.jpg")]
    decided = resolution([Settled("A", "B", Settlement.TWO_PEOPLE, confirmed=True)])
    assert {each.pair for each in found(rows, decided).conflicts} == {("A", "D"), ("B", "D")}


def test_one_file_in_two_rows_is_told_from_two_pictures():
    rows = [row("A", "c-1.jpg"), row("B", "c-1.jpg=copy")]
    assert found(rows).conflicts[0].same_picture


def test_a_chain_ends_at_one_identity_whatever_the_order():
    decisions = [Settled("A", "B", Settlement.SAME_SECOND), Settled("B", "D", Settlement.SAME_SECOND)]
    for order in permutations(decisions):
        assert people(found([*ROWS, row("D", "c-3.jpg")], resolution(order))).keys() == {"C", "D"}
    circle = [*decisions, Settled("A", "D", Settlement.SAME_FIRST)]
    finals = {resolution(order).final(ref) for order in permutations(circle) for ref in "ABD"}
    assert finals == {"A"}


def test_who_becomes_somebody_left_out_is_left_out():
    decided = resolution(
        [Settled("A", "B", Settlement.SAME_SECOND), Settled("B", "C", Settlement.ONLY_SECOND)]
    )
    assert set(people(found(ROWS, decided))) == {"C"}


def test_a_file_of_one_face_makes_no_endless_report():
    rows = [row(f"R{number:04}", f"c-{number}.jpg") for number in range(3 * MOST_CONFLICTS)]
    examination = found(rows)
    assert len(examination.conflicts) == MOST_CONFLICTS
    assert len(examination.refused) == len(rows)  # nobody gets through because the report is short
    assert max(len(each.reason) for each in examination.refused) < 200


class LookingAlike(Faces):
    """Everybody resembles everybody, over the threshold."""

    def face(self, name):
        template = np.zeros(len(self.known) + 1, np.float32)
        template[0], template[1 + self.known[name.split("-")[0]]] = np.sqrt(0.55), np.sqrt(0.45)
        return Face(0.9, (), template, name.encode)


def test_somebody_listed_twice_is_shown_before_those_who_only_look_alike():
    rows = [row(f"R{number:04}", f"p{number}-1.jpg") for number in range(40)]
    rows += [row("LAST-1", "same-1.jpg"), row("LAST-2", "same-2.jpg")]
    faces = LookingAlike([each.picture_name for each in rows])
    shown = examine(rows, faces=faces, criteria=CRITERIA, same_face=at_half, now=IMPORTED).conflicts
    assert len(shown) == MOST_CONFLICTS
    assert ("LAST-1", "LAST-2") in {each.pair for each in shown}


def test_a_consent_is_of_one_person_and_never_of_two():
    """One volunteer's paper covers nobody else; a second picture of the same person needs no second paper."""
    rows = [
        row("TS-A", "a-1.jpg", consent_reference="Paper 7"),
        row("TS-A", "a-2.jpg", consent_reference="Paper 7"),
        row("TS-B", "b-1.jpg", consent_reference="PAPER  7"),
        row("TS-C", "c-1.jpg", consent_reference="Paper 8"),
    ]
    refused = {each.line: (each.code, each.reason) for each in found(rows).refused}
    assert {code for code, _ in refused.values()} == {Refused.CONSENT_OF_SOMEBODY_ELSE}
    assert sorted(refused) == [1, 2, 3]
    assert "TS-B too" in refused[1][1]
    assert "TS-A too" in refused[3][1]
