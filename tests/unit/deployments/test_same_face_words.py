"""From when on two faces are taken for one: what a planner reads says what it counts."""

from apps.deployments.pages.same_face_words import same_face_words
from apps.recognition.api import SameFace, SameFaceBasis


def test_the_pairs_are_those_of_the_upload_and_not_of_the_evidence():
    said = same_face_words(SameFace(0.45, SameFaceBasis.MEASURED, 78, strangers=1.2))
    assert "This upload makes 78 pairs of pictures to compare" in said
    assert "at most 2 pairs of different people among so many" in said
    assert "2 of 78" not in said


def test_without_evidence_no_number_is_given():
    said = same_face_words(SameFace(0.5, SameFaceBasis.ASSUMED, 78))
    assert "not measured" in said
    assert "78" not in said
