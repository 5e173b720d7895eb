"""On one machine a seed gives one trace, however many threads, workers and images at a time there are."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
SETTINGS = (
    "experiment=davis", "dataset.groups=[camel,goat]", "dataset.every=20", "edges=poolnet_lite", "device=cpu",
    # float32, because the rounding of bfloat16 hides most of what another number of threads changes
    "edges.precision=fp32", "features.precision=fp32", "projection.n_epochs=50",
    "robot.learn_every=3",
)  # fmt: skip


def artefacts(cache: Path) -> dict[str, str]:
    """Digest of all stored arrays by stage and key, without the seconds they took."""
    found: dict[str, str] = {}
    for file in sorted(cache.rglob("*.npz")):
        with np.load(file) as stored:
            content = b"".join(stored[name].tobytes() for name in stored.files if name != "__seconds__")
        found[f"{file.relative_to(cache).parts[0]}/{file.stem}"] = hashlib.sha256(content).hexdigest()
    return found


@pytest.mark.realdata
def test_threads_workers_and_batches_change_no_bit(tmp_path: Path, realdata: Path) -> None:
    traces, stored = [], []
    for threads, workers, batch in ((1, 0, 4), (2, 1, 3)):
        folder = tmp_path / str(threads)
        ran = subprocess.run(
            [
                sys.executable, "experiments/annotate.py", *SETTINGS, f"data_root={realdata}",
                f"workers={workers}", f"batch_size={batch}", f"hydra.run.dir={folder / 'run'}",
            ],
            cwd=ROOT,
            # waiting threads sleep, so that the test is not slow where other programs run
            env={
                **os.environ, "OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads),
                "OPENBLAS_NUM_THREADS": str(threads), "OMP_WAIT_POLICY": "passive",
                "FSANNOT_CACHE": str(folder / "cache"),
            },
            capture_output=True,
            text=True,
            timeout=600,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        traces.append((folder / "run" / "trace.jsonl").read_bytes())
        stored.append(artefacts(folder / "cache"))
    stages = {name.partition("/")[0] for name in stored[0]}
    assert {"edges", "hierarchy", "features", "projection", "metric"} <= stages
    differing = {name.partition("/")[0] for name in stored[0] if stored[0][name] != stored[1].get(name)}
    assert not differing, f"the same stage gives other bits on two threads: {differing}"
    assert traces[0] == traces[1]
