"""`python -m bench.enrolment [ROWS] [--kib KIB]`: a list of tens of thousands of rows, killed on the way.

On the embedded PostgreSQL, in a database of its own that is dropped afterwards. The rows arrive first, the
pictures in parts, as a planner's uploads do. Each stage runs in a process of its own whose peak memory is
read while it runs; the check and the import are each killed with SIGKILL once and begun again. Then it is
counted: nothing twice, nothing lost.

The faces are made up (a template computed from the file's bytes): what is measured is everything around the
models. What the models cost is the ratio `enrolment_engine_to_bare`, on real photographs.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

import numpy as np

from tests.support import database
from tests.support.services import join

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "var/bench/enrolment.json"
PART = 1_000
PICTURES_OF_ONE = 2
# More alike than any two made-up faces of 50,000.
APART = 0.7
# Killed when so many of the pictures are done, and so long into the import.
KILL_AT_SHARE = 0.3
KILL_IMPORT_AFTER_S = 3.0
PHOTOS = ROOT / "var/cache/photos"
REAL = ("subject_b_1.jpg", "subject_b_2.jpg", "subject_c_1.jpg", "subject_c_2.jpg")
ROUNDS = 3


def picture(number: int, kib: int) -> bytes:
    return f"picture {number} ".encode() + np.random.default_rng(number).bytes(kib * 1024)


def setup() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lfrplatform.settings.test")
    import django

    django.setup()
    from apps.deployments.operations import import_jobs

    class Nobody:
        def send_task(self, *_: Any, **__: Any) -> None:
            """The stages of this module are the workers."""

    import_jobs.current_app = Nobody()


def made_up_faces() -> None:
    """Put a template computed from the bytes in place of the models. Of made-up faces some are as alike as
    the threshold of a shorter list: it is a fixed one here, that none reaches."""
    import hashlib

    from apps.watchlists import staged_work
    from apps.watchlists.faces import Face

    def enrol(pack: Any, raw: bytes) -> Face:
        seed = int.from_bytes(hashlib.sha256(raw).digest()[:8], "big")
        template = np.random.default_rng(seed).normal(size=pack.manifest.dimension).astype(np.float32)
        return Face(0.9, (), template / np.linalg.norm(template), lambda: raw)

    same_face = staged_work.recognition.same_face
    staged_work.enrol = enrol  # type: ignore[assignment]
    staged_work.recognition.same_face = lambda *a, **k: replace(same_face(*a, **k), threshold=APART)


# What the child processes do. Their arguments are words.


def stage(force: str, deployment: str, rows: str, kib: str) -> None:
    setup()
    from apps.core.clock import utc_now
    from apps.core.tenancy import force_context
    from apps.deployments import api as deployments
    from apps.watchlists.data import UploadedList
    from tests.support.uploads import csv_bytes, row

    now, count = utc_now(), int(rows)
    entries = [row(reference(n), f"{n:05}.jpg", now=now) for n in range(count)]
    whose: dict[str, Any] = {"deployment_id": UUID(deployment), "actor": planner(force), "now": now}
    with force_context(UUID(force)):
        upload = UploadedList(csv=io.BytesIO(csv_bytes(entries)))
        job = deployments.begin_import(upload=upload, **whose)
    for start in range(0, count, PART):
        part = [
            (f"{n:05}.jpg", io.BytesIO(picture(n, int(kib)))) for n in range(start, min(start + PART, count))
        ]
        with force_context(UUID(force)):
            deployments.add_pictures(job_id=job.id, upload=UploadedList(pictures=part), **whose)


def reference(number: int) -> str:
    """Of whom this picture is."""
    return f"TS-{number // PICTURES_OF_ONE:05}"


def planner(force: str) -> Any:
    from apps.core.data import Actor, Role

    return Actor(
        id=UUID(int=1),
        label="Bench",
        force_id=UUID(force),
        roles=frozenset({Role.PLANNER}),
        origin="bench",
        reauthenticated=True,
    )


def work(force: str, job: str) -> None:
    """Take the job as far as it goes, as a worker does."""
    setup()
    made_up_faces()
    from apps.core.clock import utc_now
    from apps.deployments import imports

    late = timedelta(seconds=float(os.environ.get("BENCH_LATE_S", "0")))
    print(imports.run(force_id=UUID(force), job_id=UUID(job), clock=lambda: utc_now() + late), flush=True)


def seal(force: str, deployment: str) -> None:
    setup()
    from apps.core.clock import utc_now
    from apps.core.tenancy import force_context
    from apps.deployments import api as deployments

    with force_context(UUID(force)):
        deployments.seal_watchlist(deployment_id=UUID(deployment), actor=planner(force), now=utc_now())


def child(*words: str, kill_when: Callable[[float], bool] | None = None) -> dict[str, float]:
    """Seconds, peak memory (MiB) and whether it was killed, of one stage in a process of its own."""
    began, peak, killed = time.perf_counter(), 0, False
    process = subprocess.Popen([sys.executable, "-m", "bench.enrolment", "--stage", *words], cwd=ROOT)
    status = Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM"):
                peak = max(peak, int(line.split()[1]))
        if kill_when is not None and kill_when(time.perf_counter() - began):
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed = True
        time.sleep(0.1)
    if process.returncode and not killed:
        raise SystemExit(f"{words[0]} ended with {process.returncode}")
    return {"seconds": time.perf_counter() - began, "peak_mib": peak / 1024, "killed": float(killed)}


def ready(rows: int) -> Any:
    """A deployment that takes a list right now."""
    from apps.core.clock import utc_now
    from apps.deployments import api as deployments
    from tests.support.consents import agree
    from tests.support.days import make_day

    day, now = make_day("bench", max_watchlist_size=50_000), utc_now()
    start = now + timedelta(hours=12)
    day.draft(window_start=start, window_end=start + timedelta(hours=6), max_subjects=rows)
    day.step(deployments.submit, day.planner, now - timedelta(days=9))
    day.approve(now=now - timedelta(days=9))
    day.verify(now=now - timedelta(days=8))
    agree(day.force.id, *(f"CONSENT-{reference(n)}" for n in range(0, rows, PICTURES_OF_ONE)))
    return day


class Run:
    """One list from the upload to the seal. Keeps what each child took; ends at the first thing wrong."""

    def __init__(self, rows: int, kib: int) -> None:
        self.rows, self.kib, self.day = rows, kib, ready(rows)
        self.force = str(self.day.force.id)
        self.results = {"rows": float(rows)}

    def child(self, name: str, what: str, *arguments: str, **options: Any) -> None:
        found = child(what, self.force, *arguments, **options)
        self.results.update({f"{name}_{each}": value for each, value in found.items()})

    def count(self, *models: Any) -> tuple[int, ...]:
        return tuple(self.day.call(model.objects.count) for model in models)

    def lapse(self) -> None:
        """As after the lease of a killed worker."""
        from apps.core.clock import utc_now
        from apps.deployments import api as deployments

        self.day.call(deployments.sweep_imports, now=utc_now() + timedelta(seconds=61))

    def check(self) -> str:
        """Stage and check, killed on the way; the id of the job."""
        from apps.deployments import api as deployments
        from apps.vault.models import VaultBlob
        from apps.watchlists.models import ImportJob, StagedPicture

        self.child("stage", "stage", str(self.day.deployment_id), str(self.rows), str(self.kib))
        job = str(self.day.call(ImportJob.objects.get).id)

        def far_enough(_: float) -> bool:
            return self.day.call(ImportJob.objects.get).done >= self.rows * KILL_AT_SHARE

        self.child("check_killed", "work", job, kill_when=far_enough)
        enrolled = StagedPicture.objects.exclude(template_blob_id=None).values_list(
            "template_blob_id", flat=True
        )
        before = self.day.call(lambda: set(enrolled.all()))
        self.lapse()
        self.child("check", "work", job)
        after = self.day.call(lambda: set(enrolled.all()))
        expect(
            "what was done before the kill was not done again", before <= after and len(after) == self.rows
        )
        report = self.day.call(deployments.import_job, deployment_id=self.day.deployment_id).report
        expect("every row is in the report", report.accepted_pictures + len(report.refused) == self.rows)
        expect("a CSV, a report, and two blobs a picture", self.count(VaultBlob) == (2 + 2 * self.rows,))
        return job

    def bring_in(self, job: str) -> None:
        """Import, killed on the way, and seal."""
        from apps.core.clock import utc_now
        from apps.deployments import api as deployments
        from apps.vault.models import VaultBlob
        from apps.watchlists.models import MembershipRegister, Picture, Subject, Watchlist

        self.day.call(
            deployments.confirm_import, job_id=UUID(job), accept_refusals=False, accept_warnings=False,
            actor=planner(self.force), now=utc_now(),
        )  # fmt: skip
        self.child("import_killed", "work", job, kill_when=lambda s: s > KILL_IMPORT_AFTER_S + 5)
        expect(
            "a killed import leaves nothing",
            not self.results["import_killed_killed"] or self.count(Watchlist) == (0,),
        )
        self.lapse()
        self.child("import", "work", job)
        people = -(-self.rows // PICTURES_OF_ONE)
        found = self.count(Subject, Picture, MembershipRegister)
        expect("nobody twice, nobody lost", found == (people, self.rows, people))
        expect("two blobs a picture, and nothing of the upload", self.count(VaultBlob) == (2 * self.rows,))
        self.child("seal", "seal", str(self.day.deployment_id))


def measure(rows: int, kib: int) -> dict[str, float]:
    run = Run(rows, kib)
    run.bring_in(run.check())
    results = run.results
    results["check_rows_a_second"] = rows * (1 - KILL_AT_SHARE) / results["check_seconds"]
    results["import_rows_a_second"] = rows / results["import_seconds"]
    return results


def expect(what: str, true: bool) -> None:
    print(("ok    " if true else "WRONG ") + what, flush=True)
    if not true:
        raise SystemExit(1)


def engine_to_bare() -> dict[str, float]:
    """Pictures a second of enrolment, and of a bare loop (decode, detect once, embed) on the same ones, by
    processor time."""
    import cv2

    from apps.recognition.engine.align import align_face
    from apps.recognition.engine.enrol import enrol_picture
    from apps.recognition.engine.opencv_zoo import OpenCVZooPack
    from apps.recognition.engine.packs import installed_folder, load_manifest
    from bench.__main__ import MANIFEST

    manifest = load_manifest(MANIFEST)
    pack = OpenCVZooPack(manifest, installed_folder(manifest), "cpu", 1)
    raws = [(PHOTOS / name).read_bytes() for name in REAL]

    def bare(raw: bytes) -> None:
        image = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_COLOR)
        faces = pack.detect(image, max_side=640)
        pack.embed(align_face(image, faces.landmarks[int(np.argmax(faces.sizes))])[None])

    def a_second(each: Callable[[bytes], object]) -> float:
        times = []
        for _ in range(ROUNDS):
            began = time.process_time()
            for raw in raws:
                each(raw)
            times.append(time.process_time() - began)
        return len(raws) / median(times)

    a_second(bare)
    ours, theirs = a_second(lambda raw: enrol_picture(pack, raw)), a_second(bare)
    return {"enrol_a_second": ours, "bare_a_second": theirs, "engine_to_bare": ours / theirs}


def main() -> None:
    if sys.argv[1:2] == ["--stage"]:
        {"stage": stage, "work": work, "seal": seal}[sys.argv[2]](*sys.argv[3:])
        return
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("rows", type=int, nargs="?", default=20_000)
    asked.add_argument("--kib", type=int, default=8, help="size of each made-up picture")
    given = asked.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "lfrplatform.settings.test"
    services, _kept = join(runs_tests=True)
    os.environ.update(services.environment())
    setup()
    database.make_worker_database(services)
    try:
        results = measure(given.rows, given.kib)
    finally:
        from django.db import connections

        connections.close_all()
        database.drop_worker_database(services)
    results.update(engine_to_bare())
    for name, value in results.items():
        print(f"ratio enrolment_{name} {value:.3f}")
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    KEPT.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
