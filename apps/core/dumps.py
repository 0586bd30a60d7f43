"""Core dumps: a file, or a pipe to a program, with everything that a process has in memory (domain.md §6)."""

from __future__ import annotations

import resource

# core(5): a limit of 0 keeps the kernel from writing a file, and not from piping to a program. A limit of 1
# ends a pipe too, and no core file is as small as one byte.
NO_FILE, NO_FILE_AND_NO_PIPE = 0, 1


def forbid_core_dumps() -> None:
    """For this process and all that it starts, for good."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    limit = NO_FILE if hard == NO_FILE else NO_FILE_AND_NO_PIPE
    resource.setrlimit(resource.RLIMIT_CORE, (limit, limit))


def dumps_possible() -> bool:
    """Whether a core file of this process could be written."""
    return resource.getrlimit(resource.RLIMIT_CORE)[0] not in {NO_FILE, NO_FILE_AND_NO_PIPE}


def pipe_unstoppable() -> bool:
    """Whether a program that core dumps are piped to would get one of this process whatever it does: its
    limit is 0 and cannot be raised to 1 any more."""
    return resource.getrlimit(resource.RLIMIT_CORE)[1] == NO_FILE
