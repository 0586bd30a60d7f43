"""One verified, warm pack for each process, on the accelerator of the settings, or a refusal."""

from __future__ import annotations

import os
import threading

import numpy as np
import pytest

from apps.recognition import api
from apps.recognition.data import AcceleratorNotActive, PackFileMissing

PACK = "opencv-zoo"


def test_the_default_pack_is_known_and_may_run_rehearsals():
    assert PACK == api.DEFAULT_PACK_ID
    assert PACK in api.known_packs()
    assert api.manifest(PACK).evidence_grade == "rehearsal"


def test_an_unknown_pack_is_refused_by_name():
    with pytest.raises(PackFileMissing, match="no-such-pack"):
        api.manifest("no-such-pack")
    with pytest.raises(PackFileMissing, match="no-such-pack"):
        api.get_pack("no-such-pack")


def test_it_is_loaded_once_even_when_threads_ask_at_the_same_time():
    found = []
    threads = [threading.Thread(target=lambda: found.append(api.get_pack(PACK))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all(pack is found[0] for pack in found)


def test_it_is_warm_and_answers():
    template = api.get_pack(PACK).embed(np.full((1, 112, 112, 3), 127, np.uint8))
    assert template.shape == (1, api.manifest(PACK).dimension)


def test_ready_says_on_what_it_runs():
    assert api.assert_ready() == "CPUExecutionProvider"
    assert api.assert_ready(PACK) == "CPUExecutionProvider"


def test_cuda_that_is_not_active_is_refused_though_a_pack_is_loaded(settings):
    api.get_pack(PACK)
    settings.LFR_ACCELERATOR = "cuda"
    with pytest.raises(AcceleratorNotActive):
        api.get_pack(PACK)
    with pytest.raises(AcceleratorNotActive):
        api.assert_ready()


@pytest.mark.filterwarnings("ignore:This process")
def test_a_forked_child_has_no_pack_and_no_lock_of_its_parent():
    api.get_pack(PACK)
    with api._lock:  # as when another thread is loading at the moment of the fork
        child = os.fork()
        if child == 0:
            free = api._lock.acquire(blocking=False)
            os._exit(0 if free and not api._loaded else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
