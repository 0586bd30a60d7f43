"""What the engine refuses, and why. Messages never carry pixels, templates or file contents."""

from __future__ import annotations

from enum import StrEnum


class EngineError(Exception):
    """Base of everything the engine raises on purpose."""


class PackError(EngineError):
    """A model pack may not be used (design.md §3, invariant 11: refuse rather than degrade)."""


class PackManifestInvalid(PackError):
    """The manifest is unreadable, lacks a field or contradicts itself."""


class PackLicenceMissing(PackError):
    """No licence is recorded for the pack."""


class PackFileMissing(PackError):
    """A model file named by the manifest is not there."""


class PackHashMismatch(PackError):
    """A model file is not the one that the manifest pins."""


class AcceleratorNotActive(PackError):
    """An accelerator was asked for and the inference session does not run on it."""


class PackUsedAfterFork(PackError):
    """A loaded pack was carried into a forked process, where its sessions are not valid."""


class RefusalCode(StrEnum):
    """Why a picture may not be enrolled; one code per reason a planner can act on."""

    FILE_TOO_LARGE = "file_too_large"
    UNSUPPORTED_FORMAT = "unsupported_format"
    UNDECODABLE = "undecodable"
    TRUNCATED = "truncated"
    TOO_MANY_PIXELS = "too_many_pixels"
    SEVERAL_PAGES = "several_pages"
    NO_FACE = "no_face"
    SEVERAL_FACES = "several_faces"
    TOO_SMALL = "too_small"
    POOR_QUALITY = "poor_quality"


class EnrolmentRefused(EngineError):
    """A picture may not be enrolled.

    ``reason_code`` is for programs and counts, ``message`` is one sentence for the planner.
    """

    def __init__(self, reason_code: RefusalCode, message: str) -> None:
        super().__init__(message)
        self.reason_code = reason_code
        self.message = message
