"""Seconds of each stage, and their ratio to the reference recipe run in the same process on the same images.

The reference recipe: a full-image mask per segment, one crop at a time through PIL, an fp32 network in NCHW, a
hierarchy rebuilt at every cut.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch.nn import functional

from fsannot.edges.model import EdgeModel
from fsannot.features.extract import FeatureExtractor
from fsannot.hierarchy.partitioner import Partitioner
from fsannot.segments.table import SegmentTable

THRESHOLDS = (3.0, 10.0, 30.0, 100.0, 200.0, 300.0, 500.0, 1000.0, 2000.0, 5000.0)
"""Ten values a slider might pass, on the volume criterion's scale."""


@dataclass(frozen=True)
class Timing:
    """One line of the benchmark.

    Attributes:
        stage: what was done.
        unit: what ``seconds`` are of, e.g. ``"image"``.
        seconds: median of the repetitions.
        reference: the reference recipe's, or None where there is none.
    """

    stage: str
    unit: str
    seconds: float
    reference: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times faster than the reference recipe."""
        return None if self.reference is None else self.reference / self.seconds


def benchmark(
    images: Sequence[np.ndarray],
    *,
    edges: EdgeModel,
    partitioner: Partitioner,
    extractor: FeatureExtractor,
    segments: int = 64,
    repeats: int = 3,
) -> list[Timing]:
    """Time every stage on some images; ``segments`` are taken for the network's part."""
    timings = [Timing("edges", "image", median(lambda: edges.predict([images[0]]), repeats))]
    maps = edges.predict(images)
    hierarchies = [partitioner.build(m) for m in maps]
    label_maps = [partitioner.cut(h) for h in hierarchies]
    build = median(lambda: partitioner.build(maps[0]), repeats)
    timings.append(Timing("hierarchy: build", "image", build))

    def cuts_of_one() -> None:
        hierarchy = partitioner.build(maps[0])
        for threshold in THRESHOLDS:
            hierarchy.cut(threshold)

    def rebuild_each() -> None:
        for threshold in THRESHOLDS:
            partitioner.build(maps[0]).cut(threshold)

    timings.append(
        Timing(
            "hierarchy: build and ten cuts", "image", median(cuts_of_one, repeats), median(rebuild_each, 1)
        )
    )
    timings.append(
        Timing(
            "segment table",
            "image",
            median(lambda: SegmentTable.from_label_map(label_maps[0]), repeats),
            median(lambda: masks_one_by_one(label_maps[0]), repeats),
        )
    )
    return timings + _network(images, label_maps, extractor, segments, repeats)


def _network(
    images: Sequence[np.ndarray],
    label_maps: Sequence[np.ndarray],
    extractor: FeatureExtractor,
    segments: int,
    repeats: int,
) -> list[Timing]:
    labels, left = [], segments
    for label_map in label_maps:
        count = min(left, int(label_map.max()) + 1)
        labels.append(np.arange(count, dtype=np.int32))
        left -= count
    total = sum(map(len, labels))
    extractor.extract(images, label_maps, labels)  # compiles and warms up
    ours = median(lambda: extractor.extract(images, label_maps, labels), repeats) / total
    network = extractor.backbone.inference(extractor.device, extractor.dtype)
    batch = extractor.batch_size
    ready = torch.zeros(
        batch, 3, extractor.size, extractor.size, dtype=extractor.dtype, device=extractor.device
    )
    ready = ready.to(memory_format=torch.channels_last)

    def bare() -> None:
        with torch.inference_mode():
            for _ in range(0, total, batch):
                network(ready)
        if extractor.device.type == "cuda":
            torch.cuda.synchronize()

    bare()
    runs = -(-total // batch) * batch
    alone = median(bare, repeats) / runs
    plain = extractor.backbone.trainable().eval()
    few = [labels[0][:8]]
    reference = median(lambda: crops_one_by_one(images[0], label_maps[0], few[0], extractor, plain), 1) / len(
        few[0]
    )
    return [
        Timing("features: crops and network", "segment", ours, reference),
        Timing("features: the bare network on ready tensors", "segment", alone),
    ]


def median(run: Callable[[], object], repeats: int) -> float:
    """Median seconds of ``repeats`` calls."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds))


def masks_one_by_one(label_map: np.ndarray) -> list[tuple[int, tuple[int, int, int, int]]]:
    """The reference recipe's boxes: a mask of the whole image for every segment."""
    found = []
    for label in np.unique(label_map):
        ys, xs = np.nonzero(label_map == label)
        found.append((len(ys), (int(ys.min()), int(xs.min()), int(ys.max()) + 1, int(xs.max()) + 1)))
    return found


def crops_one_by_one(
    image: np.ndarray,
    label_map: np.ndarray,
    labels: np.ndarray,
    extractor: FeatureExtractor,
    network: torch.nn.Module,
) -> list[np.ndarray]:
    """The reference recipe's features: one full-image mask, one PIL crop, one forward pass each."""
    mean = torch.tensor(extractor.backbone.mean).view(3, 1, 1)
    std = torch.tensor(extractor.backbone.std).view(3, 1, 1)
    out = []
    for label in labels:
        mask = label_map == label
        ys, xs = np.nonzero(mask)
        m = extractor.margin
        y0, y1 = max(ys.min() - m, 0), min(ys.max() + 1 + m, mask.shape[0])
        x0, x1 = max(xs.min() - m, 0), min(xs.max() + 1 + m, mask.shape[1])
        crop = np.asarray(Image.fromarray(image).crop((x0, y0, x1, y1)))
        tensor = (torch.from_numpy(crop.copy()).permute(2, 0, 1).float() / 255 - mean) / std
        tensor = tensor * torch.from_numpy(mask[y0:y1, x0:x1])
        size = (extractor.size, extractor.size)
        tensor = functional.interpolate(tensor[None], size, mode="bilinear", align_corners=True)
        with torch.inference_mode():
            feature = network(tensor.to(next(network.parameters()).device))[0]
        out.append((feature / feature.norm()).cpu().numpy())
    return out


def timing_table(timings: Sequence[Timing]) -> str:
    """Markdown."""
    lines = [
        "| stage | per | milliseconds | reference recipe | times faster |",
        "| --- | --- | ---: | ---: | ---: |",
    ]
    for t in timings:
        reference = "" if t.reference is None else f"{1e3 * t.reference:.1f}"
        ratio = "" if t.ratio is None else f"{t.ratio:.1f}"
        lines.append(f"| {t.stage} | {t.unit} | {1e3 * t.seconds:.1f} | {reference} | {ratio} |")
    return "\n".join(lines)
