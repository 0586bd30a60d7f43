"""How often who may ask for what."""

from __future__ import annotations

from typing import Any

# How many requests a person, and an address, may make in so many seconds (apps/core/limits.py). A whole force
# may share an address. `closed`: refused while Valkey does not answer.
LFR_RATE_LIMITS: dict[str, dict[str, Any]] = {
    "console": {"person": 1_200, "address": 0, "seconds": 60},
    "media": {"person": 600, "address": 0, "seconds": 60},
    "page": {"person": 300, "address": 6_000, "seconds": 60},
    "write": {"person": 120, "address": 2_400, "seconds": 60},
    "export": {"person": 20, "address": 100, "seconds": 600, "closed": True},
    "public": {"person": 0, "address": 600, "seconds": 60},
    "subscribe": {"person": 60, "address": 60, "seconds": 600, "closed": True},
    "stranger-write": {"person": 0, "address": 240, "seconds": 60},
    "relay-enrol": {"person": 0, "address": 60, "seconds": 600, "closed": True},
    "api": {"person": 0, "address": 3_000, "seconds": 60},
}
LFR_RATE_API_PREFIX = "/api/"
# Routes by name; any other is a page, a write, or a stranger's.
LFR_RATE_CLASSES = {
    **dict.fromkeys(
        (
            "alerts:console",
            "alerts:news",
            "alerts:claim",
            "alerts:release-claim",
            "alerts:operator",
            "alerts:engagement",
            "alerts:outcome",
            "alerts:contradicted",
            "alerts:identified",
            "alerts:child",
            "alerts:shown",
            "live:health",
            "desk:board",
            "deployments:run",
            "deployments:list-progress",
        ),
        "console",
    ),
    **dict.fromkeys(
        (
            "alerts:picture",
            "deployments:list-picture",
            "deployments:same-face-picture",
            "deployments:sign-photograph",
        ),
        "media",
    ),
    "relays:claim": "relay-enrol",
    **dict.fromkeys(("audit:export", "deployments:authority-pdf"), "export"),
    **dict.fromkeys(("deployments:assessment-file", "deployments:assessment-public"), "export"),
    **dict.fromkeys(
        (
            "notices:subscribe",
            "notices:subscribe-cy",
            "notices:confirm",
            "notices:confirm-cy",
            "notices:unsubscribe",
            "notices:unsubscribe-cy",
        ),
        "subscribe",
    ),
}
