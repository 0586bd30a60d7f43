"""The Celery application. Recognition has its own queue and worker: a threads pool, never prefork, because a
model session must not be forked and a GPU has one owner."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lfrplatform.settings.embedded")

app = Celery("lfrplatform")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "dispatch-recognition": {"task": "live.dispatch_shards", "schedule": 3.0, "options": {"expires": 3}},
    "sweep": {"task": "ops.sweep", "schedule": 5.0, "options": {"expires": 5}},
    "purge": {"task": "retention.sweep", "schedule": 60.0, "options": {"expires": 60}},
}
