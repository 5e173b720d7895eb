"""A program that runs networks on the processor keeps the memory of one batch for the next."""

from __future__ import annotations

import ctypes
import platform

LARGEST_KEPT = 128 * 2**20
"""Bytes of the largest block that is kept. A batch of 16 crops of 224 px makes activations of 37 MiB, above the
32 MiB up to which glibc adapts by itself."""
FREE_KEPT = 256 * 2**20
"""Free bytes at the end of the heap beyond which memory goes back to the system."""
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # malloc.h


def keep_freed_memory() -> bool:
    """Let glibc keep freed blocks, which it else returns to the system and clears page by page when asked again.

    It is a setting of the whole process, so a program makes it and the library does not. On a system without
    glibc it changes nothing, because other allocators keep what is freed.

    Returns:
        whether it was set.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    # before 2.35 glibc refuses thresholds above 32 MiB
    return all(
        mallopt(option, value) == 1
        for option, value in ((_MMAP_THRESHOLD, LARGEST_KEPT), (_TRIM_THRESHOLD, FREE_KEPT))
    )
