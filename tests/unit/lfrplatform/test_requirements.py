"""The locks: hashed, complete, and without the one package that must not be there (docs/adr/0006)."""

from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

REQUIREMENTS = Path(__file__).resolve().parents[3] / "requirements"
LEFT_OUT = {"opencv-python"}


def test_every_declared_dependency_is_met_but_the_one_left_out():
    installed = {dist.metadata["Name"].lower().replace("_", "-"): dist.version for dist in distributions()}
    unmet = []
    for dist in distributions():
        for text in dist.requires or []:
            wanted = Requirement(text)
            if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
                continue
            name = wanted.name.lower().replace("_", "-").replace(".", "-")
            if name in LEFT_OUT:
                continue
            version = installed.get(name)
            if version is None or not wanted.specifier.contains(version, prereleases=True):
                unmet.append(f"{dist.metadata['Name']} wants {text}, there is {version}")
    assert not unmet


def test_opencv_is_there_once():
    names = {dist.metadata["Name"].lower() for dist in distributions()}
    assert "opencv-python-headless" in names
    assert "opencv-python" not in names


@pytest.mark.parametrize("name", ["base.txt", "dev.txt", "gpu.txt", "relay.txt"])
def test_a_lock_pins_and_hashes_everything_and_names_no_host(name):
    text = (REQUIREMENTS / name).read_text()
    pins = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert pins
    assert all("==" in pin and pin.rstrip().endswith("\\") for pin in pins)
    assert "://" not in text
    assert "--index-url" not in text
    assert "--find-links" not in text


def pins(name):
    lines = (REQUIREMENTS / name).read_text().splitlines()
    found = [line.split(" ;")[0].rstrip(" \\") for line in lines if line and not line.startswith((" ", "#"))]
    return dict(pin.split("==") for pin in found)


def test_the_lock_for_a_gpu_is_the_usual_one_with_another_runtime():
    """Two runtimes in one environment overwrite each other; any other difference is another platform."""
    usual, gpu = pins("base.txt"), pins("gpu.txt")
    assert "onnxruntime" not in gpu
    assert gpu["onnxruntime-gpu"].split(".")[0] == usual.pop("onnxruntime").split(".")[0]
    assert {name: gpu.get(name) for name in usual} == usual
    more = {name for name in gpu.keys() - usual.keys() if not name.startswith("nvidia-")}
    assert more == {"onnxruntime-gpu"}
