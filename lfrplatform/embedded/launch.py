"""Becomes another program: gives up root where asked, and dies when its parent does.

Run by path (`python -I -S launch.py SPEC`), so it imports nothing of the platform. It exists because
setting these things between fork and exec from a process with threads may dead-lock, and because only a
program that still is root can read the interpreter of a clone that nobody else may enter.
"""

import ctypes
import json
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    spec = json.loads(sys.argv[1])
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)  # a shell's `&` leaves SIGINT ignored, and exec keeps that
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    # A core file would hold faces. A limit of 1 ends a pipe to a program too, one of 0 does not: core(5).
    limit = 0 if resource.getrlimit(resource.RLIMIT_CORE)[1] == 0 else 1
    resource.setrlimit(resource.RLIMIT_CORE, (limit, limit))
    os.umask(0o077)
    os.chdir(spec["cwd"])
    if spec["uid"] != os.geteuid():
        os.setgroups([spec["gid"]])
        os.setgid(spec["gid"])
        os.setuid(spec["uid"])
    # After the change of user, which would clear it.
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, spec["death_signal"], 0, 0, 0) != 0:
        sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != spec["parent"]:
        sys.exit("the supervisor was gone before this process began")
    os.execv(spec["argv"][0], spec["argv"])  # noqa: S606 - no shell is wanted


main()
