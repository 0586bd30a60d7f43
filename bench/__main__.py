"""`python -m bench`: what recognition costs on this machine, as times and as ratios within one run.

Needs no server. Reported are medians; compare ratios, not single times, between machines.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from apps.recognition.engine.align import align_faces
from apps.recognition.engine.data import Frame
from apps.recognition.engine.opencv_zoo import OpenCVZooPack
from apps.recognition.engine.packs import Pack, installed_folder, load_manifest
from apps.recognition.engine.pipeline import ShardPipeline
from apps.recognition.engine.yunet import NMS_IOU, SCORE_FLOOR, TOP_K
from bench import engine, public_pages, traces

ROOT = Path(__file__).resolve().parent.parent
MANIFEST = ROOT / "apps/recognition/packs/opencv_zoo.toml"
GROUP = ROOT / "var/cache/photos/group.jpg"
ROUNDS = 15


def milliseconds(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    work()
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return median(times)


def pipeline_frame_ms(pack: Pack, image: np.ndarray, frames: int = 30) -> float:
    """A 720p frame of a group of people who move a little from one to the next, the whole pipeline."""
    wide = cv2.resize(image, (1400, 788))
    pictures = [wide[n : n + 720, 4 * n : 4 * n + 1280].copy() for n in range(frames)]
    pipeline = ShardPipeline(pack)
    began = time.perf_counter()
    for number, picture in enumerate(pictures):
        pipeline.process([Frame("camera", number, 1000.0 + number / 5, picture)])
    return (time.perf_counter() - began) * 1000 / frames


def main() -> None:
    manifest = load_manifest(MANIFEST)
    pack = OpenCVZooPack(manifest, installed_folder(manifest), "cpu", 1)
    image = cv2.imread(str(GROUP), cv2.IMREAD_COLOR)
    if image is None:
        raise SystemExit(f"{GROUP} is missing: run `make setup`")
    frame = cv2.resize(image, (1280, 720))
    jpeg = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 80])[1]
    faces = align_faces(frame, pack.detect(frame, max_side=1280).landmarks)
    cv2.setNumThreads(1)  # as the pack's own
    detector = str(installed_folder(manifest) / manifest.detector)
    opencv = cv2.FaceDetectorYN.create(detector, "", (1280, 720), SCORE_FLOOR, NMS_IOU, TOP_K)
    gallery = np.random.default_rng(1).normal(size=(10_000, manifest.dimension)).astype(np.float32)
    probe = gallery[:1].copy()
    results = {
        "decode_720p_ms": milliseconds(lambda: cv2.imdecode(jpeg, cv2.IMREAD_COLOR)),
        "detect_720p_ms": milliseconds(lambda: pack.detect(frame, max_side=1280)),
        "detect_720p_by_opencv_ms": milliseconds(lambda: opencv.detect(frame)),
        "detect_at_640_ms": milliseconds(lambda: pack.detect(frame, max_side=640)),
        "embed_one_ms": milliseconds(lambda: pack.embed(faces[:1])),
        "embed_batch_ms_a_face": milliseconds(lambda: pack.embed(faces)) / max(1, len(faces)),
        "numpy_search_10k_ms": milliseconds(lambda: gallery @ probe[0]),
    }
    results["detect_by_opencv_ratio"] = results["detect_720p_by_opencv_ms"] / results["detect_720p_ms"]
    results["embed_batch_to_one_ratio"] = results["embed_batch_ms_a_face"] / results["embed_one_ms"]
    results["detect_640_to_720p_ratio"] = results["detect_at_640_ms"] / results["detect_720p_ms"]
    results["pipeline_frame_ms"] = pipeline_frame_ms(pack, image)
    results["pipeline_to_detect_ratio"] = results["pipeline_frame_ms"] / results["detect_720p_ms"]
    results.update(traces.measure(pack))
    results.update(public_pages.results())
    results["faces"] = float(len(faces))
    print(json.dumps({name: round(value, 3) for name, value in results.items()}, indent=2))
    engine.print_results(engine.results(runs=3, seconds=4.0))


if __name__ == "__main__":
    main()
