"""What keeps a process of the relay from leaving anything on a disk, whatever the code in it does.

Set by the relay itself, so that it holds without a service manager; the systemd unit sets the same again.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import stat
import sys
from typing import Final

# <linux/prctl.h>
_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4
_PR_SET_NO_NEW_PRIVS: Final = 38


class ProtectionFailed(OSError):
    """The kernel did not take a protection: the relay does not run without it."""


def protect(*, writes_files: bool) -> None:
    """No core dump, no debugger of another process, no new privileges, no bytecode; without `writes_files` no
    byte into any regular file (a tmpfs or shared memory included), here and in every process started from
    here. Raises ProtectionFailed."""
    _forbid_core_dumps()
    _prctl(_PR_SET_DUMPABLE, 0)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    if not writes_files:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _forbid_core_dumps() -> None:
    """core(5): a limit of 0 keeps the kernel from writing a file, and not from piping to a program; 1 ends a
    pipe too, and no core file is as small. The dumpable flag ends both, and is back at each start of a
    program: the limit is what holds until that one gets here."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    limit = 0 if hard == 0 else 1
    resource.setrlimit(resource.RLIMIT_CORE, (limit, limit))


def die_with_parent() -> None:
    """Be killed when the process that started this one is gone: also while stopped, when nothing of its own
    can notice. Raises ProtectionFailed."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def silence() -> None:
    """Give what libraries print themselves nowhere to go: FFmpeg's messages quote addresses with their
    passwords."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


def output_is_a_file() -> bool:
    """Whether somebody sent this process's output or errors into a regular file, which then must stay
    writable."""
    for descriptor in (1, 2):
        with contextlib.suppress(OSError):  # closed
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                return True
    return False


def _prctl(option: int, value: int) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    zero = ctypes.c_ulong(0)
    if library.prctl(ctypes.c_int(option), ctypes.c_ulong(value), zero, zero, zero) != 0:
        number = ctypes.get_errno()
        raise ProtectionFailed(number, f"prctl {option}: {os.strerror(number)}")
