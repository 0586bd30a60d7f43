"""A server that is made to fail with planted values: `python -m tests.support.leaky_server PORT [json]`.

Its log is the platform's own configuration at its most talkative, access log included. The addresses
of leaky_urls.py exist here only.
"""

from __future__ import annotations

import logging.config
import os
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "lfrplatform.settings.test"

import django
from django.conf import settings

from tests.support.leaky_words import PASSWORD, PLANTED


def run_a_task() -> None:
    """As a worker would: through Celery's tracer, with an argument and an error that name somebody."""
    from celery.signals import setup_logging

    from lfrplatform.celery import app

    setup_logging.send(sender=None, loglevel="INFO")

    @app.task(name="leak.task")
    def leak(name: str, *, password: str) -> None:
        raise ValueError(f"{name} {password}")

    leak.apply(args=[PLANTED], kwargs={"password": PASSWORD})


def main() -> None:
    from lfrplatform.settings import base

    settings.LOGGING = base.logging("DEBUG", formatter=(sys.argv[2:] or ["plain"])[0])
    settings.LOGGING["loggers"]["asyncio"] = {"level": "WARNING"}
    settings.ROOT_URLCONF = "tests.support.leaky_urls"
    django.setup()
    logging.config.dictConfig(settings.LOGGING)
    run_a_task()
    import uvicorn

    uvicorn.run("lfrplatform.asgi:application", host="127.0.0.1", port=int(sys.argv[1]), server_header=False)


if __name__ == "__main__":
    main()
