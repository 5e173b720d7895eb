"""The GPU check ends with a sentence where there is no GPU."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from fsannot.benchmarks.gpu import clustered, gpu_tests
from fsannot.data.errors import DeviceError
from fsannot.device import resolve_device
from fsannot.edges.poolnet import PoolNetLite

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(torch.cuda.is_available(), reason="says what happens without a GPU")
def test_without_a_gpu_nothing_is_measured(tmp_path: Path) -> None:
    ran = subprocess.run(
        ["bash", "scripts/gpu_check.sh", str(tmp_path / "check.json")],
        cwd=ROOT,
        env={**os.environ, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 1
    assert "no CUDA GPU" in ran.stderr
    assert not list(tmp_path.iterdir())
    with pytest.raises(DeviceError, match="device=cpu or device=auto"):
        resolve_device("cuda")


@pytest.mark.gpu
def test_edges_on_the_gpu_equal_those_of_the_cpu() -> None:
    images = [np.random.default_rng(i).integers(0, 256, (96, 128, 3), np.uint8) for i in range(3)]
    cpu, gpu = (PoolNetLite(device=d, precision="fp32").predict(images) for d in ("cpu", "cuda"))
    for one, other in zip(cpu, gpu, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-3)
    batched = PoolNetLite(device="cuda", precision="fp32", batch_size=3).predict(images)
    for one, other in zip(gpu, batched, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-3)


def test_the_points_of_the_large_projection_are_unit_rows_of_the_asked_type() -> None:
    rows = clustered(60, 8, np.float16)
    assert rows.load().shape == (60, 8)
    np.testing.assert_allclose(np.linalg.norm(rows.load().astype(np.float64), axis=1), 1.0, atol=2e-3)


def test_the_gpu_tests_of_a_checkout_are_counted(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = gpu\n")
    (tmp_path / "test_some.py").write_text(
        "import pytest\n"
        "@pytest.mark.gpu\ndef test_good(): pass\n"
        "@pytest.mark.gpu\ndef test_bad(): assert False\n"
        "@pytest.mark.gpu\ndef test_none(): pytest.skip('no')\n"
        "def test_other(): pass\n"
    )
    assert gpu_tests(tmp_path) == {"run": 3, "skipped": 1, "failed": ["test_some::test_bad"]}
