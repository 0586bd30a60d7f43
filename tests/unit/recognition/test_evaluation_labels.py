"""Wrong labels are named and nothing is measured; what is left out is counted."""

from __future__ import annotations

import pytest

from apps.recognition.evaluation.measure import NO_GROUP
from apps.recognition.evaluation.sources import LabelsWrong, read_folder, read_pairs


@pytest.fixture
def folder(tmp_path):
    for person, names in {"ann": "12", "ben": "1", "cat": "123"}.items():
        (tmp_path / "people" / person).mkdir(parents=True)
        for name in names:
            (tmp_path / "people" / person / f"{name}.jpg").write_text(f"{person} {name}")
    return tmp_path / "people"


def csv_of(tmp_path, text):
    path = tmp_path / "list.csv"
    path.write_text(text)
    return path


def test_a_folder_for_each_person(folder, tmp_path):
    (folder / ".DS_Store").write_text("x")
    (folder / "ann" / ".hidden.jpg").write_text("x")
    found = read_folder(folder, groups_csv=csv_of(tmp_path, "person,group\nann,old\ncat,\n"))
    assert [picture.person for picture in found.pictures] == [0, 0, 1, 2, 2, 2]
    assert found.groups == ("old", NO_GROUP, NO_GROUP)
    assert found.pairs is None
    assert found.has_groups
    assert found.digest == read_folder(folder).digest


def test_the_same_file_again_is_left_out_and_counted(folder):
    before = read_folder(folder)
    (folder / "ann" / "9.jpg").write_text("ann 1")
    found = read_folder(folder)
    assert found.repeated == 1
    assert len(found.pictures) == len(before.pictures)
    assert found.digest == before.digest
    (folder / "ann" / "1.jpg").write_text("another picture")
    assert read_folder(folder).digest != before.digest


def test_the_same_file_under_two_people_is_a_wrong_label(folder):
    (folder / "ben" / "9.jpg").write_text("ann 1")
    with pytest.raises(LabelsWrong, match="same picture of two people"):
        read_folder(folder)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: (f / "loose.jpg").write_text("x"), "belong to nobody"),
        (lambda f: (f / "dan").mkdir(), "no picture"),
        (lambda f: (f / "ann" / "deeper").mkdir(), "expected a picture"),
    ],
    ids=["loose file", "nobody's folder", "folder in a folder"],
)
def test_folders_that_are_not_what_they_should_be(folder, change, words):
    change(folder)
    with pytest.raises(LabelsWrong, match=words):
        read_folder(folder)


def test_groups_must_be_of_people_who_are_there_and_one_each(folder, tmp_path):
    with pytest.raises(LabelsWrong, match="have no folder"):
        read_folder(folder, groups_csv=csv_of(tmp_path, "person,group\nzoe,old\n"))
    with pytest.raises(LabelsWrong, match="line 3: this person is in two groups"):
        read_folder(folder, groups_csv=csv_of(tmp_path, "person,group\nann,old\nann,young\n"))
    with pytest.raises(LabelsWrong, match="no such file or folder"):
        read_folder(folder, groups_csv=tmp_path / "misspelt.csv")
    with pytest.raises(LabelsWrong, match="no such file or folder"):
        read_pairs(tmp_path / "misspelt")
    with pytest.raises(LabelsWrong, match="columns"):
        read_folder(folder, groups_csv=csv_of(tmp_path, "name,kind\nann,old\n"))


def pairs(folder, rows):
    path = folder / "pairs.csv"
    path.write_text("first,second,same,group\n" + "\n".join(rows))
    return read_pairs(path)


def test_genuine_pairs_join_pictures_to_people(folder):
    found = pairs(
        folder, ["ann/1.jpg,ann/2.jpg,1,old", "ann/2.jpg,ben/1.jpg,no,old", "cat/1.jpg,ben/1.jpg,0,old"]
    )
    assert [picture.person for picture in found.pictures] == [0, 0, 1, 2]
    assert found.pairs == ((0, 1), (1, 2), (2, 3))
    assert found.groups == ("old",) * 3


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (["ann/1.jpg,ann/2.jpg,1,", "ann/2.jpg,ann/1.jpg,0,"], "line 3: the pair contradicts"),
        (["ann/1.jpg,ann/1.jpg,1,"], "contradicts itself"),
        (
            ["ann/1.jpg,ann/2.jpg,1,", "ann/2.jpg,cat/1.jpg,1,", "ann/1.jpg,cat/1.jpg,0,"],
            "line 4: other lines say",
        ),
        (["ann/1.jpg,ann/2.jpg,perhaps,"], "line 2: same must be 1 or 0"),
        (["ann/1.jpg,ann/2.jpg,1,old", "ann/1.jpg,ben/1.jpg,0,young"], "two groups"),
        ([], "no pairs"),
        (["ann/1.jpg,gone.jpg,1,"], "cannot be read"),
    ],
    ids=["both ways", "with itself", "in a circle", "no answer", "groups", "empty", "missing file"],
)
def test_pairs_that_contradict_each_other(folder, rows, words):
    with pytest.raises(LabelsWrong, match=words):
        pairs(folder, rows)
