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
FAULTS = {
    "unreachable": "it cannot be reached",
    "not allowed": "the camera or the system refuses the relay",
    "no video": "what it sends is no video",
    "stream ended": "the stream ended",
    "silent": "it is connected and sends nothing",
    "decoder lost": "the decoding process died",
    "decoder silent": "the decoding process did not answer and was killed",
    "other": "a fault without a name",
}
DROPS = {
    "rate": "between two frames of the wanted rate",
    "pace": "more than recognition can look at",
    "no_credit": "while the platform was busy",
    "no_link": "without a link",
    "stale": "too old",
    "unsendable": "too large",
}


def camera_words(camera: CameraHealth) -> str:
    """For instance "is read, 5.0 frames a second at quality 80; not sent: 12 without a link"."""
    said = [STATES.get(camera.state, camera.state)]
    if camera.error:
        said[0] += f" ({FAULTS.get(camera.error, camera.error)})"
    said.append(f"{camera.fps:.1f} frames a second at quality {camera.quality}")
    if camera.reopened:
        said.append(f"reopened {camera.reopened} {'time' if camera.reopened == 1 else 'times'}")
    words = ", ".join(said)
    dropped = [
        f"{number} {DROPS.get(reason, reason)}" for reason, number in camera.dropped_by.items() if number
    ]
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
