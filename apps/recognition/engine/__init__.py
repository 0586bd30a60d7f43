"""Detect, align, judge, track, embed. Knows no Django, Celery or Redis, and nothing of ``core``."""
