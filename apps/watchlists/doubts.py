"""What a person has to decide about an upload, and what they may say: one face twice, one picture twice."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Settlement(StrEnum):
    """What a person says about two identities that have one face. The first four name the one that stays."""

    ONLY_FIRST = "only_first"
    ONLY_SECOND = "only_second"
    SAME_FIRST = "same_first"
    SAME_SECOND = "same_second"
    TWO_PEOPLE = "two_people"
    NEITHER = "neither"


class Copied(StrEnum):
    """How two pictures are one: the same pixels once cut out, or those saved smaller, larger or anew."""

    EXACT = "exact"
    RESAVED = "resaved"


class Keep(StrEnum):
    """What a person says about a picture that is there twice under one identity."""

    FIRST = "first"
    SECOND = "second"
    BOTH = "both"
    NEITHER = "neither"


@dataclass(frozen=True)
class FaceConflict:
    """Two identities of one upload that have one face, by the two pictures that are nearest to each other.

    `same_picture`: the two rows have the same picture, by its bytes or by its pixels; `looks_copied`: one
    seems to be the other, saved anew. Lines are those of the file.
    """

    first: str
    second: str
    first_line: int
    second_line: int
    cosine_similarity: float
    same_picture: bool
    looks_copied: bool = False

    @property
    def pair(self) -> tuple[str, str]:
        return self.first, self.second


@dataclass(frozen=True)
class PictureRepeat:
    """One picture in two rows of one identity. Lines are those of the file, the earlier row first."""

    reference: str
    first_line: int
    second_line: int
    how: Copied

    @property
    def lines(self) -> tuple[int, int]:
        return self.first_line, self.second_line
