"""What a relay says of itself, in words for an engineer."""

from __future__ import annotations

from apps.core.wording import say_list
from apps.relays.data import RelayReport
from apps.relays.edge.wire import CameraHealth

STATES = {
    "waiting": "waits before it tries again",
    "opening": "is being opened",
    "reading": "is read",
    "ended": "has come to its end",
    "failed": "cannot be played",
}
# As the end of a sentence about a camera.
OTHER_FAULT = "its relay cannot read it"
FAULTS = {
    "unreachable": "its relay cannot reach it",
    "not allowed": "it does not let its relay in",
    "no video": "it answers its relay, and sends no video",
    "stream ended": "it ended its stream",
    "silent": "it is connected to its relay and sends nothing",
    "decoder lost": "its decoder in the relay died and is started again",
    "decoder silent": "its decoder in the relay hung and is started again",
    "other": OTHER_FAULT,
}
# Why a relay did not send a frame, shortly.
DROPS = {
    "rate": "more than was wanted",
    "pace": "more than recognition can look at now",
    "no_credit": "the platform was busy with earlier ones",
    "no_link": "no link to the platform",
    "stale": "too old when their turn came",
    "unsendable": "too large",
}


def fault_words(fault: str) -> str:
    """Empty where there is none; a word of a newer relay is a fault all the same."""
    return FAULTS.get(fault, OTHER_FAULT) if fault else ""


def drop_words(reason: str) -> str:
    return DROPS.get(reason, reason)


def camera_words(camera: CameraHealth) -> str:
    """For instance "is read, 5.0 frames a second at quality 80; not sent: 12 (no link to the platform)"."""
    said = [STATES.get(camera.state, camera.state)]
    if camera.error:
        said[0] += f" ({fault_words(camera.error)})"
    said.append(f"{camera.fps:.1f} frames a second at quality {camera.quality}")
    if camera.reopened:
        said.append(f"reopened {camera.reopened} {'time' if camera.reopened == 1 else 'times'}")
    words = ", ".join(said)
    dropped = [f"{number} ({drop_words(reason)})" for reason, number in camera.dropped_by.items() if number]
    return f"{words}; not sent: {say_list(dropped)}" if dropped else words


def clock_and_link(report: RelayReport) -> str:
    """For instance "clock 40 ms behind the platform's, link 12 ms there and back"."""
    if report.offset_ms is None:
        return "clock not measured yet"
    if report.offset_ms == 0:
        clock = "clock as the platform's"
    else:
        way = "behind" if report.offset_ms > 0 else "ahead of"
        clock = f"clock {abs(report.offset_ms)} ms {way} the platform's"
    return clock if report.rtt_ms is None else f"{clock}, link {report.rtt_ms} ms there and back"
