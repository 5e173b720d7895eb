"""Where a result comes from: versions, commit, hardware, data and weights."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numba
import torch
from threadpoolctl import threadpool_info

import fsannot
from fsannot.data.chosen import CHOSEN_ON, chosen_record
from fsannot.data.dataset import Dataset
from fsannot.device import has_fast_bfloat16
from fsannot.evaluation.results import PROTOCOL_VERSION
from fsannot.precompute.store import digest

PACKAGES = (
    "numpy",
    "scipy",
    "torch",
    "torchvision",
    "timm",
    "higra",
    "umap-learn",
    "cuml-cu13",
    "hydra-core",
)


def provenance(
    *, seed: int, dataset: Dataset, models: Mapping[str, str], chosen_on: str = CHOSEN_ON, **more: Any
) -> dict[str, Any]:
    """A JSON-ready record.

    Args:
        seed: of the run.
        dataset: of the run.
        models: fingerprint of every part with settings or weights, by room.
        chosen_on: images that the settings were chosen on, in words.
        more: further keys, e.g. ``skipped``: what was left out, and why.

    Returns:
        versions, commit, hardware and numerics, then the arguments.
    """
    return {
        "fsannot": fsannot.__version__,
        "protocol_version": PROTOCOL_VERSION,
        "commit": _commit(),
        "source": source_digest(),
        "python": platform.python_version(),
        "packages": {name: version for name in PACKAGES if (version := _version(name))},
        "hardware": {
            "processor": _processor(),
            "cores": os.cpu_count(),
            "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        },
        "numerics": numerics(),
        "seed": seed,
        "dataset": {"name": dataset.name, "images": len(dataset), "fingerprint": dataset.fingerprint()},
        "settings_chosen_on": chosen_record(dataset, chosen_on),
        "models": dict(models),
        **more,
    }


def numerics() -> dict[str, Any]:
    """What decides the last bits of a result, see docs/reproducibility.md: where it differs, results may.

    ``threads`` decides nothing on the CPU; it is recorded because measured seconds depend on it.

    Returns:
        key → value, JSON-ready.
    """
    return {
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "bf16": has_fast_bfloat16(torch.device("cpu")),
        "onednn": _built_with(r"MKL-DNN v(\S+)"),
        "mkl": _built_with(r"Math Kernel Library Version (\S+)"),
        "blas": sorted({f"{x['internal_api']} {x['version']} {x.get('architecture')}" for x in _blas()}),
        "threads": {"torch": torch.get_num_threads(), "numba": vars(numba.config)["NUMBA_NUM_THREADS"]},
    }


def source_digest() -> str:
    """Digest of all of fsannot's own source: equal digests, equal programs, whatever the commit says."""
    package = Path(fsannot.__file__).parent
    return digest([[str(p.relative_to(package)), p.read_bytes()] for p in sorted(package.rglob("*.py"))])


def _built_with(pattern: str) -> str | None:
    found = re.search(pattern, torch.__config__.show())
    return found.group(1) if found else None


def _blas() -> list[dict[str, Any]]:
    """NumPy's and SciPy's libraries."""
    return [library for library in threadpool_info() if library["user_api"] == "blas"]


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _commit() -> str | None:
    """Commit of the checkout fsannot was imported from, with ``-dirty`` where files differ; None outside git."""
    folder = Path(fsannot.__file__).parent
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12", "--match="],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip() or None


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
