"""ONNX Runtime as this platform wants it: the accelerator asserted, threads fixed, few shapes, no surprise.

A session falls back to the processor with a warning, sizes its threads to the host, and on a GPU keeps memory
for every shape it ever saw. Here it is refused instead, told, and bounded.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnxruntime as ort

from .data import Floats
from .errors import AcceleratorNotActive, PackManifestInvalid

PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}

# Faces in one inference. Bounds memory, and on a GPU gives it few shapes: its arena grows with every new one.
MAX_BATCH = 16
CUDA_ARENA_BYTES = 2 * 1024**3
# Shapes that one model is run with on a GPU: the batches 1, 2, 4, 8, 16, or the canvases of a detector.
MOST_SHAPES = 16


def check_request(accelerator: str, threads: int) -> None:
    """Raise AcceleratorNotActive for an unknown accelerator, ValueError for threads left to chance."""
    if accelerator not in PROVIDERS:
        raise AcceleratorNotActive(f"accelerator must be one of {sorted(PROVIDERS)}, got {accelerator!r}")
    if threads < 1:
        raise ValueError(f"threads: expected at least 1, got {threads}")


def open_session(
    content: bytes, accelerator: str, threads: int, entries: Mapping[str, str] | None = None
) -> ort.InferenceSession:
    """A session over ``content`` (an ONNX file's bytes, without external data) on exactly this accelerator.

    ``entries`` are further settings of the session. Raises AcceleratorNotActive, PackManifestInvalid for
    bytes that are no model.
    """
    provider = PROVIDERS[accelerator]
    # Asked first: ONNX Runtime would only warn, and go on with the processor.
    if provider not in ort.get_available_providers():
        raise AcceleratorNotActive(
            f"{accelerator} was asked for, this ONNX Runtime offers {ort.get_available_providers()}"
        )
    if accelerator == "cuda":
        # CUDA and cuDNN come as packages (requirements/gpu.in), where the system's linker does not look.
        ort.preload_dlls()
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Idle threads would otherwise spin on the cores that decoding and the database need.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    for name, value in (entries or {}).items():
        options.add_session_config_entry(name, value)
    session = _session(content, options, _providers(accelerator))
    assert_active(accelerator, next(iter(session.get_providers()), "nothing"))
    return session


def _providers(accelerator: str) -> list[str | tuple[str, dict[str, str]]]:
    if accelerator != "cuda":
        return [PROVIDERS[accelerator]]
    limits = {
        "gpu_mem_limit": str(CUDA_ARENA_BYTES),
        "arena_extend_strategy": "kSameAsRequested",
        # The exhaustive search tries every kernel on the first frame of each shape: seconds, and gigabytes.
        "cudnn_conv_algo_search": "HEURISTIC",
    }
    return [(PROVIDERS["cuda"], limits)]


def _session(content: bytes, options: ort.SessionOptions, providers: list[Any]) -> ort.InferenceSession:
    refused = ort.capi.onnxruntime_pybind11_state
    try:
        return ort.InferenceSession(content, options, providers=providers)
    except (refused.InvalidProtobuf, refused.InvalidGraph, refused.Fail) as problem:
        # The runtime's own words may quote the file.
        kind = type(problem).__name__
        raise PackManifestInvalid(f"a file of the pack is no model that can be run: {kind}") from problem


class BoundSession:
    """A session whose input lies in device memory that is allocated once for each shape (IO binding).

    Has of ``InferenceSession`` what the packs and insightface's classes call. One inference at a time: a
    device has one queue, and the buffers are shared. ``device`` is "cpu" or "cuda".
    """

    def __init__(self, session: ort.InferenceSession, device: str, *, most_shapes: int = MOST_SHAPES) -> None:
        self._session = session
        self._device = device
        self._most_shapes = most_shapes
        self._inputs: dict[tuple[int, ...], ort.OrtValue] = {}
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """Every shape that memory is held for."""
        return sorted(self._inputs)

    def run(self, names: Sequence[str] | None, feed: Mapping[str, Floats]) -> list[Floats]:
        """Run the one input of ``feed``; the named outputs, or all. Raises ValueError for one shape too
        many."""
        ((input_name, array),) = feed.items()
        outputs = list(names) if names is not None else [o.name for o in self._session.get_outputs()]
        with self._lock:
            value = self._input(array.shape)
            value.update_inplace(np.ascontiguousarray(array, dtype=np.float32))
            binding = self._session.io_binding()
            binding.bind_ortvalue_input(input_name, value)
            for name in outputs:
                binding.bind_output(name, self._device)
            self._session.run_with_iobinding(binding)
            return [np.asarray(output, dtype=np.float32) for output in binding.copy_outputs_to_cpu()]

    def _input(self, shape: tuple[int, ...]) -> ort.OrtValue:
        value = self._inputs.get(shape)
        if value is None:
            if len(self._inputs) >= self._most_shapes:
                raise ValueError(f"{shape} would be shape {self._most_shapes + 1} of this model: refused")
            value = ort.OrtValue.ortvalue_from_shape_and_type(list(shape), np.float32, self._device, 0)
            self._inputs[shape] = value
        return value


def for_accelerator(session: ort.InferenceSession, accelerator: str) -> Any:
    """The session itself on the processor, bound to device memory elsewhere."""
    return session if accelerator == "cpu" else BoundSession(session, accelerator)


def padded(count: int, accelerator: str) -> int:
    """How many faces are run for ``count`` wanted ones: as many on a processor, few sizes on a GPU."""
    return count if accelerator == "cpu" else 1 << (count - 1).bit_length()


def warm_sizes(accelerator: str) -> tuple[int, ...]:
    """Batches to run before the first frame, so that it does not wait for kernels and memory."""
    return (1,) if accelerator == "cpu" else (1, 2, 4, 8, MAX_BATCH)


def assert_active(accelerator: str, provider: str) -> None:
    """Raise AcceleratorNotActive when a session has left the accelerator."""
    if provider != PROVIDERS[accelerator]:
        raise AcceleratorNotActive(f"{accelerator} was asked for, the session runs on {provider}")


def normalise(raw: Floats, dimension: int) -> Floats:
    """(N, D) rows of length 1. Raises PackManifestInvalid for another D and for a row without length."""
    if raw.ndim != 2 or raw.shape[1] != dimension:
        raise PackManifestInvalid(
            f"the embedder gives {raw.shape[1:]} values a face, the manifest says {dimension}"
        )
    length = np.linalg.norm(raw, axis=1, keepdims=True)
    if not (np.isfinite(length).all() and (length > 0).all()):
        raise PackManifestInvalid("the embedder gave a template without length; the pack is not usable")
    normalised: Floats = (raw / length).astype(np.float32)
    return normalised
