"""The embedded settings, but the same person may raise another alert at once: the film is short."""

from lfrplatform.settings.embedded import *  # noqa: F403 - a settings module is its names

LFR_SUBJECT_COOL_DOWN_S = 1
