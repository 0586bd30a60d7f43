"""Every closed word of a relay has words for people: a new one must not take the engineer's page down."""

from __future__ import annotations

from apps.relays.edge.counters import DropReason
from apps.relays.edge.wire import CameraHealth
from apps.relays.edge.words import CaptureState, Fault
from apps.relays.wording import DROPS, FAULTS, STATES, camera_words


def test_every_word_is_said() -> None:
    assert set(STATES) == set(CaptureState)
    assert set(FAULTS) == set(Fault) - {Fault.NONE}
    assert set(DROPS) == set(DropReason)


def test_a_camera_that_is_asked_for_less() -> None:
    dropped = {reason: 0 for reason in DropReason} | {DropReason.PACE: 12}
    camera = CameraHealth(CaptureState.READING, 0, Fault.NONE, 80, 40, 9, dropped, 2.0)
    assert camera_words(camera) == (
        "is read, 2.0 frames a second at quality 80; not sent: 12 (more than recognition can look at now)"
    )
