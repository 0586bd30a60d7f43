"""Health as JSON for consoles and boards. Nothing of a person, a face or a list is in it."""

from __future__ import annotations

from typing import Any

from apps.live.data import AtRelay, CameraHealth, CameraState, LiveHealth, RelayLine
from apps.live.health import problems, summary

CAMERA_WORDS = {
    CameraState.SEEING: "seeing",
    CameraState.SILENT: "silent",
    CameraState.STOPPED: "stopped",
    CameraState.NO_RELAY: "no relay",
    CameraState.BLIND: "not looked at",
    CameraState.IDLE: "off",
}


def health_json(found: LiveHealth) -> dict[str, Any]:
    return {
        "server_time": found.at.isoformat(),
        "deployment": {"reference": found.reference, "state": found.deployment_state},
        "recognition": {
            "state": found.recognition.state.value,
            "words": found.recognition.words,
            "degraded": found.recognition.degraded,
        },
        "summary": summary(found),
        "problems": [{"key": key, "words": words} for key, words in problems(found)],
        "cameras": [_camera(camera) for camera in found.cameras],
        "relays": [_relay(relay) for relay in found.relays],
    }


def _relay(relay: RelayLine) -> dict[str, Any]:
    return {
        "name": relay.name,
        "connected": relay.connected,
        "offset_ms": relay.offset_ms,
        "rtt_ms": relay.rtt_ms,
        "pace_fps": relay.pace_fps,
        "alarm": relay.alarm,
    }


def _camera(camera: CameraHealth) -> dict[str, Any]:
    return {
        "id": str(camera.camera_id),
        "name": camera.name,
        "relay_name": camera.relay_name,
        "relay_connected": camera.relay_connected,
        "last_frame_age_s": camera.last_frame_age_s,
        "state": camera.state.value,
        "state_words": CAMERA_WORDS[camera.state],
        "words": camera.words,
        "degraded": camera.degraded,
        "received": camera.received,
        "dropped": camera.dropped,
        "refused": camera.refused,
        "refusals": dict(camera.refusals),
        "at_relay": _at_relay(camera.at_relay),
    }


def _at_relay(at: AtRelay | None) -> dict[str, Any] | None:
    if at is None:
        return None
    return {
        "state": at.state,
        "fault": at.fault,
        "reopened": at.reopened,
        "quality": at.quality,
        "fps": at.fps,
        "age_ms": at.age_ms,
        "dropped": [{"why": why, "frames": frames} for why, frames in at.dropped],
    }
