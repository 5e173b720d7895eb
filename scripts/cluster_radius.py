"""Measure the radius of clusters of look-alikes on dev-5, the alphabetically first five DAVIS sequences at hand.

python scripts/cluster_radius.py data .fsannot/cache

prints, for each radius in steps of 0.01, how many clusters there are, how many segments the median cluster holds, and
how many the cluster of the median segment holds. ``fsannot.human.alike.RADIUS`` is the first whose median cluster holds
ten. Partitions and features are those of the default configuration; they are computed once and kept in the cache.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import hydra
import numpy as np
from hydra import compose, initialize_config_module

from fsannot.human.alike import Alike, whole_numbers
from fsannot.human.deepest import deepest_pixels
from fsannot.human.draws import Stream, place_key, uniform
from fsannot.precompute.runner import prepare
from fsannot.precompute.stages import Stages
from fsannot.precompute.store import Store

SEQUENCES = 5
SIZE = 10


def main(data: Path, cache: Path) -> None:
    names = sorted(p.name for p in (data / "DAVIS" / "JPEGImages" / "480p").iterdir())[:SEQUENCES]
    overrides = ["dataset=davis", f"data_root={data}", f"dataset.groups=[{','.join(names)}]"]
    overrides += ["edges=poolnet_lite_multiscale", "hierarchy=dynamics", "features=pooled_lite0"]
    with initialize_config_module("fsannot.conf", version_base="1.3"):
        cfg = compose("annotate", overrides=overrides)

    def part(key: str) -> Any:
        return hydra.utils.instantiate(cfg[key], _convert_="all")

    stages = Stages(
        dataset=part("dataset"),
        edge_model=part("edges"),
        partitioner=part("hierarchy"),
        extractor=part("features"),
        store=Store(cache),
        workers=0,
        batch_size=1,
    )
    prepare(stages, range(len(stages.dataset)))
    points, starts = leading_order(stages)
    print(
        f"{', '.join(names)}: {len(starts)} images, {len(points)} segments, threshold {cfg.hierarchy.threshold}"
    )
    print("radius  clusters  median cluster  cluster of the median segment")
    for radius in np.arange(1, 100) / 100:
        leader = Alike(neighbors=1, radius=float(radius)).cluster(points, starts)
        size = np.bincount(leader)
        median = float(np.median(size[size > 0]))
        print(f"{radius:6.2f}  {np.count_nonzero(size):8d}  {median:14g}  {np.median(size[leader]):g}")
        if median >= SIZE:
            break


def leading_order(stages: Stages) -> tuple[np.ndarray, np.ndarray]:
    """Features of all images' first partitions in the order in which segments become leaders, and where each starts."""
    points, lengths = [], []
    for index in range(len(stages.dataset)):
        label_map = stages.partition(index)
        features = np.asarray(stages.initial_features(index))
        count = len(features)
        key = place_key(np.full(count, index), deepest_pixels(label_map, count))
        points.append(whole_numbers(features[np.lexsort((key, uniform(0, Stream.LEADER, key)))]))
        lengths.append(count)
    return np.concatenate(points), np.cumsum([0, *lengths[:-1]])


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python scripts/cluster_radius.py DATA_ROOT CACHE")
    main(Path(sys.argv[1]).absolute(), Path(sys.argv[2]))
