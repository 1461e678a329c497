"""p2pbo's command line where the kernel refuses locks: ``without_locks.py ERROR p2pbo's arguments``.

As on Lustre without -o flock (ENOSYS) or NFS without a lock daemon (ENOLCK), flock fails in this process, in HDF5 too.
"""

import ctypes
import errno
import platform
import struct
import sys

FLOCK = {"x86_64": 73, "aarch64": 32}.get(platform.machine())
"""The number of the system call, where it is known."""

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, MODE_FILTER = 22, 38, 2
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, FAIL = 0x7FFF0000, 0x00050000


class Program(ctypes.Structure):
    """What the kernel calls ``struct sock_fprog``."""

    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def refuse_locks(number):
    """Let flock fail with an error's number in this process, from now on."""
    filters = [
        (LOAD, 0, 0, 0),
        (JUMP_IF_EQUAL, 0, 1, FLOCK),
        (RETURN, 0, 0, FAIL | number),
        (RETURN, 0, 0, ALLOW),
    ]
    code = b"".join(struct.pack("HBBI", *one) for one in filters)
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    assert libc.prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.byref(Program(len(filters), code)), 0, 0) == 0


if __name__ == "__main__":
    refuse_locks(getattr(errno, sys.argv.pop(1)))

    from p2pbo.cli import main

    main()
