"""Lets a process give large blocks of memory back as soon as they are free."""

from __future__ import annotations

import ctypes

_M_MMAP_THRESHOLD = -3
"""The value in glibc's malloc.h; see mallopt(3)."""
_LARGE_BYTES = 1024 * 1024


def return_large_blocks() -> bool:
    """Let malloc take blocks over 1 MiB from the system each time; return whether the C library could.

    A sign-in works with 19 MiB (argon2id). After the first of them glibc would keep such blocks in the arena
    of the thread, and a process that answers in forty threads would hold forty. Forked processes inherit it.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return bool(mallopt and mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES))
