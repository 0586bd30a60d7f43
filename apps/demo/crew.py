"""Filming in a process of its own. It imports no Django: a new process has none set up."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.context import SpawnProcess
from pathlib import Path

from apps.demo.script import Script
from apps.demo.video import film


class FilmingFailed(Exception):
    """The film could not be made; the process's own words are above."""


@contextmanager
def filming_meanwhile(
    scripts: Sequence[Script], paths: Sequence[Path], photos: Path
) -> Iterator[SpawnProcess]:
    """Make each script's film while the block runs; what is not done at its end is given up."""
    crew = multiprocessing.get_context("spawn").Process(
        target=_film, args=(tuple(scripts), tuple(paths), photos), daemon=True
    )
    crew.start()
    try:
        yield crew
    finally:
        if crew.is_alive():
            crew.kill()
        crew.join()


def wait(crew: SpawnProcess) -> None:
    """Until the film is there. Raises FilmingFailed."""
    crew.join()
    if crew.exitcode:
        raise FilmingFailed(f"filming ended with status {crew.exitcode}")


def _film(scripts: tuple[Script, ...], paths: tuple[Path, ...], photos: Path) -> None:
    # Ctrl-C in a terminal reaches this process too: its parent ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(5)
    for script, path in zip(scripts, paths, strict=True):
        film(script, photos, path)
