"""A worker that is made to fail with planted values: `python -m tests.support.leaky_worker`.

Its log is production's at its most talkative. It takes the queue `leaky` only, and ends after `leak.end`.
"""

from __future__ import annotations

import os
import signal

os.environ["DJANGO_SETTINGS_MODULE"] = "lfrplatform.settings.test"

import django
from django.conf import settings

QUEUE = "leaky"


def main() -> None:
    from lfrplatform.settings import base

    settings.LOGGING = base.logging("DEBUG", formatter="json")
    django.setup()
    from lfrplatform.celery import app

    @app.task(name="leak.fails")
    def fails(name: str, *, password: str) -> None:
        raise ValueError(f"{name} {password}")

    @app.task(name="leak.works")
    def works(name: str, **_: str) -> str:
        return f"done with {name}"

    @app.task(name="leak.tries", bind=True, max_retries=1)
    def tries(self: object, name: str) -> None:
        raise self.retry(exc=KeyError(name), countdown=0)  # type: ignore[attr-defined]

    @app.task(name="leak.end")
    def end() -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    app.worker_main(
        f"worker -P threads -c 1 -Q {QUEUE} -n leaky@%h -l DEBUG --without-gossip --without-mingle".split()
    )


if __name__ == "__main__":
    main()
