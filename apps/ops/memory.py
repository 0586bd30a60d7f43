"""What is in memory and could come out of it: core dumps and swap.

Faces, templates and keys are in the memory of the web server and the workers while they are used. A dump of
it, or a swap that is not encrypted, puts them on a disk (docs/explanation/what-remains-in-memory.md).
"""

from __future__ import annotations

import logging
from pathlib import Path

from django.conf import settings

from apps.core.dumps import dumps_possible, pipe_unstoppable
from apps.ops.problems import Problem

SWAPS = Path("/proc/swaps")
CORE_PATTERN = Path("/proc/sys/kernel/core_pattern")
log = logging.getLogger(__name__)


def memory_problems() -> list[Problem]:
    """Everything that could bring memory to a disk. Swap is refused in production, and elsewhere only said:
    a rehearsal on one's own machine should not need another one."""
    found = core_problems()
    swap = swap_problems()
    if settings.LFR_PRODUCTION:
        return [*found, *swap]
    for problem in swap:
        log.warning("%s [%s]", problem.message, problem.code)
    return found


def core_problems() -> list[Problem]:
    if dumps_possible():
        return [Problem("core_dumps", "core dumps are allowed: start the process with `ulimit -c 0`")]
    if settings.LFR_PRODUCTION and pipe_unstoppable() and _piped():
        return [
            Problem(
                "core_pipe",
                f"{CORE_PATTERN} pipes core dumps to a program, which a limit of 0 does not prevent: start"
                " the process without a limit, so that it can set its own, or empty the pattern",
            )
        ]
    return []


def swap_problems() -> list[Problem]:
    """LFR_SWAP=encrypted says that whatever is swapped out is encrypted with a key that is gone at the next
    start, which this process cannot see for itself."""
    if settings.LFR_SWAP == "encrypted" or not (areas := swap_areas()):
        return []
    return [
        Problem(
            "swap",
            f"memory may be written to {', '.join(areas)}: switch swap off (swapoff -a), forbid it to the"
            " service (MemorySwapMax=0 and LFR_SWAP=encrypted), or encrypt it and set LFR_SWAP=encrypted",
        )
    ]


def swap_areas() -> list[str]:
    """Files and partitions in use. Compressed memory (zram) is no disk, unless it writes back to one."""
    try:
        lines = SWAPS.read_text(encoding="utf-8").splitlines()[1:]
    except FileNotFoundError:  # a kernel without swap
        return []
    names = [line.split()[0] for line in lines if line.split()]
    return [name for name in names if not _stays_in_memory(name)]


def _stays_in_memory(name: str) -> bool:
    device = Path(name).name
    if not device.startswith("zram"):
        return False
    backing = Path("/sys/block") / device / "backing_dev"
    return not backing.exists() or backing.read_text(encoding="utf-8").strip() == "none"


def _piped() -> bool:
    try:
        return CORE_PATTERN.read_text(encoding="utf-8").lstrip().startswith("|")
    except OSError:
        return False
