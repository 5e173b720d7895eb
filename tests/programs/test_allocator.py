"""A freed block is used again instead of being cleared anew by the system."""

from __future__ import annotations

import platform
import resource
import subprocess
import sys

import pytest

PROGRAM = """
import resource, sys
from fsannot.programs.allocator import keep_freed_memory
if sys.argv[1] == "keep":
    assert keep_freed_memory()
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
block = bytearray(40 * 2**20)
del block
before = faults()
for _ in range(5):
    block = bytearray(b"x") * (40 * 2**20)
    del block
print(faults() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="a setting of glibc")
def test_a_block_comes_back_without_page_faults() -> None:
    taken, kept = (
        int(subprocess.run([sys.executable, "-c", PROGRAM, how], capture_output=True, check=True).stdout)
        for how in ("take", "keep")
    )
    pages = 40 * 2**20 // resource.getpagesize()
    assert kept < pages < taken
