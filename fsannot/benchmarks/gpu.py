"""The same computations on CPU and GPU: their times, and how far their results agree.

``scripts/gpu_check.sh`` in a checkout starts it, since the tests marked ``gpu`` are a part of it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.manifold import trustworthiness

from fsannot.data.synthetic import Synthetic
from fsannot.edges.poolnet import PoolNetLite
from fsannot.features.backbone import Backbone
from fsannot.features.extract import FeatureExtractor
from fsannot.features.rows import FeatureRows
from fsannot.metric_learning.backbone import BackboneLearner
from fsannot.metric_learning.table_segments import TableSegments
from fsannot.projection.cuml_umap import CumlUmap, cuml_missing
from fsannot.projection.neighborhoods import Neighborhoods
from fsannot.projection.neighbors import nearest_neighbors
from fsannot.projection.umap_learn import UmapLearn
from fsannot.segments.table import SegmentTable

PACKAGES = ("fsannot", "torch", "timm", "numpy", "umap-learn", "cuml-cu13", "pytorch-lightning")


def seconds(run: Callable[[], Any], repeats: int = 3) -> float:
    """Median, after one run that warms up, with the GPU's queue empty at both ends."""
    run()
    taken = []
    for _ in range(repeats):
        torch.cuda.synchronize()
        start = time.perf_counter()
        run()
        torch.cuda.synchronize()
        taken.append(time.perf_counter() - start)
    return float(np.median(taken))


def gpu_tests(checkout: Path) -> dict[str, Any]:
    """Counts of the tests of a checkout marked gpu, and the names of those that failed."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        subprocess.run(
            [sys.executable, "-m", "pytest", "-m", "gpu", f"--junitxml={report}"], cwd=checkout, check=False
        )
        cases = list(ElementTree.parse(report).iter("testcase"))
    failed = [c for c in cases if c.find("failure") is not None or c.find("error") is not None]
    return {
        "run": len(cases),
        "skipped": sum(c.find("skipped") is not None for c in cases),
        "failed": [f"{c.get('classname')}::{c.get('name')}" for c in failed],
    }


def scenes(count: int = 4) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
    """Images of 480×854, label maps of square cells, all labels."""
    dataset = Synthetic(images=count, images_per_group=count, size=(480, 854))
    images = [dataset.image(i) for i in range(count)]
    cells = (np.arange(480)[:, None] // 60 * 15 + np.arange(854) // 60).astype(np.int32)
    return images, [cells] * count, [np.unique(cells)] * count


def edges(images: list[np.ndarray]) -> dict[str, float]:
    """Seconds per image of the shipped edge network on both, and the largest difference of an edge value."""
    cpu, gpu = (PoolNetLite(device=d, precision="fp32", batch_size=len(images)) for d in ("cpu", "cuda"))
    pairs = zip(cpu.predict(images), gpu.predict(images), strict=True)
    fast = PoolNetLite(device="cuda", batch_size=len(images))
    return {
        "largest_difference": max(float(np.abs(a - b).max()) for a, b in pairs),
        "cpu_seconds_per_image": seconds(lambda: cpu.predict(images), 1) / len(images),
        "gpu_seconds_per_image": seconds(lambda: fast.predict(images)) / len(images),
    }


def features(data: tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]) -> dict[str, float]:
    """Seconds per segment of features of crops on both, and the least cosine between their features.

    Args:
        data: as :func:`scenes` returns it.
    """
    backbone = Backbone(name="tf_efficientnet_lite0", weights="packaged")
    total = sum(map(len, data[2]))
    fp32 = [FeatureExtractor(backbone=backbone, device=d, precision="fp32") for d in ("cpu", "cuda")]
    cpu, gpu = (np.concatenate(e.extract(*data)) for e in fp32)
    fast = FeatureExtractor(backbone=backbone, device="cuda")
    network = backbone.inference(fast.device, fast.dtype)
    size = fast.batch_size, 3, fast.size, fast.size
    ready = torch.zeros(size, dtype=fast.dtype, device="cuda").to(memory_format=torch.channels_last)
    batches = -(-total // fast.batch_size)

    def bare() -> None:
        with torch.inference_mode():
            for _ in range(batches):
                network(ready)

    gpu_seconds = seconds(lambda: fast.extract(*data)) / total
    bare_seconds = seconds(bare) / (batches * fast.batch_size)
    return {
        "least_cosine_fp32": float((cpu * gpu).sum(1).min()),
        "least_cosine_auto": float((cpu * np.concatenate(fast.extract(*data))).sum(1).min()),
        "cpu_seconds_per_segment": seconds(
            lambda: FeatureExtractor(backbone=backbone, device="cpu").extract(*data), 1
        )
        / total,
        "gpu_seconds_per_segment": gpu_seconds,
        "share_of_bare_network": bare_seconds / gpu_seconds,
    }


def metric_learning(data: tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]) -> dict[str, float]:
    """Seconds of an epoch of fine-tuning the backbone on both.

    Args:
        data: as :func:`scenes` returns it.
    """
    table = SegmentTable.concatenate([SegmentTable.from_label_map(m, i) for i, m in enumerate(data[1])])
    labels = (table.centroid[:, 1] > 427).astype(np.int64)
    learner = BackboneLearner(epochs=1, samples=200)
    backbone = Backbone(name="tf_efficientnet_lite0", weights="packaged")
    taken = {}
    for device in ("cpu", "cuda"):
        extractor = FeatureExtractor(backbone=backbone, device=device)
        segments = TableSegments(table=table, load=lambda i: (data[0][i], data[1][i]), extractor=extractor)
        rows = np.concatenate(extractor.extract(*data))
        start = time.perf_counter()
        learner.learn(rows, labels, segments)
        taken[f"{device}_seconds_per_200_crops"] = time.perf_counter() - start
    return taken


def clustered(points: int, dim: int, dtype: type) -> FeatureRows:
    """Unit rows of 200 clusters, in blocks."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(200, dim)).astype(np.float32)
    blocks = []
    for start in range(0, points, 50_000):
        count = min(50_000, points - start)
        block = centres[rng.integers(0, 200, count)] + 1.5 * rng.standard_normal(
            (count, dim), dtype=np.float32
        )
        blocks.append((block / np.linalg.norm(block, axis=1, keepdims=True)).astype(dtype))
    return FeatureRows(blocks)


def neighbors_and_projection(points: int) -> dict[str, Any]:
    """Nearest neighbors and UMAP of 5,000 points on both, and of many on the GPU.

    Args:
        points: of the large projection.
    """
    some = clustered(5000, 1280, np.float32)
    rows = some.load()
    cpu, gpu = nearest_neighbors(rows, 15), nearest_neighbors(rows, 15, device="cuda")
    found: dict[str, Any] = {
        "same_neighbors": float((cpu[0] == gpu[0]).mean()),
        "largest_similarity_difference": float(np.abs(cpu[1] - gpu[1]).max()),
        "cpu_neighbors_seconds": seconds(lambda: nearest_neighbors(rows, 15), 1),
        "gpu_neighbors_seconds": seconds(lambda: nearest_neighbors(rows, 15, device="cuda")),
    }
    if reason := cuml_missing():
        return {**found, "umap": reason}
    on_cpu, on_gpu = UmapLearn().project(rows), CumlUmap().project(rows)
    for name, layout in (("cpu", on_cpu), ("gpu", on_gpu)):
        found[f"{name}_trustworthiness"] = float(
            trustworthiness(rows, layout, n_neighbors=15, metric="cosine")
        )
    # a fresh projector each time: one that has seen the points remembers their neighbors
    found["cpu_umap_seconds"] = seconds(lambda: UmapLearn().project(rows), 1)
    found["gpu_umap_seconds"] = seconds(lambda: CumlUmap().project(rows), 1)
    many = clustered(points, 2048, np.float16)
    hoods = Neighborhoods(many, device="cuda")
    start = time.perf_counter()
    hoods.table(14)
    found["many"] = {"points": points, "dim": 2048, "neighbors_seconds": time.perf_counter() - start}
    start = time.perf_counter()
    layout = CumlUmap().project(many, neighbors=hoods.table)
    found["many"] |= {
        "layout_seconds": time.perf_counter() - start,
        "finite": bool(np.isfinite(layout).all()),
    }
    return found


def installed(package: str) -> str | None:
    """Version of a package; ``None`` where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def main() -> None:
    """Measure everything, print it and write it to a JSON file; the exit status is 1 where a test failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", nargs="?", default="gpu_check.json", type=Path)
    parser.add_argument("--points", type=int, default=1_000_000, help="of the large projection")
    options = parser.parse_args()
    card = torch.cuda.get_device_properties(0)
    data = scenes()
    record = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {"python": platform.python_version(), "cuda": torch.version.cuda}
        | {p: installed(p) for p in PACKAGES},
        "hardware": {
            "gpu": card.name,
            "gpu_gib": round(card.total_memory / 2**30, 1),
            "cpu": platform.processor() or platform.machine(),
            "cpu_threads": torch.get_num_threads(),
            "cpu_count": os.cpu_count(),
        },
        "tests": gpu_tests(Path.cwd()),
        "edges": edges(data[0]),
        "features": features(data),
        "metric_learning": metric_learning(data),
        "neighbors_and_projection": neighbors_and_projection(options.points),
    }
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(record, indent=2))
    sys.exit(bool(record["tests"]["failed"]))  # type: ignore[index]


if __name__ == "__main__":
    main()
