"""The process in which damaged files are read: what kills it, or makes it hang, does not harm the campaign.

``python -m fsannot.stress.worker <seed> <seconds> <megabytes> <folder>`` reads lines ``reader<TAB>case`` and answers
each with one line of JSON.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from fsannot.stress.case import run_case


def limit_memory(megabytes: int) -> None:
    """Let this process have only so much more memory than it has now; on Linux only.

    Args:
        megabytes: further ones.
    """
    if not sys.platform.startswith("linux"):
        return
    import resource

    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * os.sysconf("SC_PAGE_SIZE") + megabytes * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def main() -> None:
    """Answer lines of standard input until it ends."""
    seed, seconds, megabytes, folder = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print must not stand among the answers
    os.fsync = lambda fd: None  # files that live for a millisecond need not reach the disk
    limit_memory(int(megabytes))
    for line in sys.stdin:
        reader, case = line.rstrip("\n").split("\t")
        outcome = run_case(reader, int(case), int(seed), Path(folder), limit_seconds=float(seconds))
        answers.write(json.dumps(asdict(outcome)) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
