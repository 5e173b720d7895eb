"""Seconds of each stage, and their ratio to the reference recipe in the same process on the same images.

The reference recipe uses a full-image mask per segment, one crop at a time through PIL and an fp32 network in NCHW.
It builds graph and hierarchy again at every cut, and fits the projection again after labels were given.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import higra as hg
import numpy as np
import torch
from PIL import Image
from sklearn.manifold import trustworthiness
from torch.nn import functional

from fsannot.annotation.actions import Split
from fsannot.annotation.session import AnnotationSession
from fsannot.edges.model import EdgeModel
from fsannot.features.extract import FeatureExtractor
from fsannot.features.pooled import PooledExtractor
from fsannot.hierarchy.basins import Basins
from fsannot.hierarchy.criteria import CRITERIA
from fsannot.hierarchy.partitioner import Partitioner
from fsannot.projection.neighborhoods import Neighborhoods
from fsannot.projection.umap_learn import UmapLearn
from fsannot.segments.table import SegmentTable

THRESHOLDS = (3.0, 10.0, 30.0, 100.0, 200.0, 300.0, 500.0, 1000.0, 2000.0, 5000.0)
"""Ten values a slider might pass, on the volume criterion's scale."""


@dataclass(frozen=True)
class Timing:
    """One row of the benchmark.

    Attributes:
        stage: what was done.
        unit: what ``seconds`` refer to, such as ``"image"``.
        seconds: median of the repetitions.
        reference: seconds of the reference recipe, or None where there is none.

    Examples:
        >>> Timing("edges", "image", 0.5, 2.0).ratio
        4.0
    """

    stage: str
    unit: str
    seconds: float
    reference: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times faster than the reference recipe, or None where there is none."""
        return None if self.reference is None else self.reference / self.seconds


def benchmark(
    images: Sequence[np.ndarray],
    *,
    edges: EdgeModel,
    partitioner: Partitioner,
    extractor: FeatureExtractor,
    pooled: PooledExtractor,
    segments: int = 64,
    repeats: int = 3,
) -> list[Timing]:
    """Time every stage on some images.

    Args:
        images: uint8 (H, W, 3) each, RGB.
        edges: image → edge map.
        partitioner: edge map → hierarchy → partition.
        extractor: features of crops.
        pooled: features pooled from a map of the whole image.
        segments: number of segments for the network on crops.
        repeats: of each measurement.

    Returns:
        a row per stage.
    """
    timings = [Timing("edges", "image", median(lambda: edges.predict([images[0]]), repeats))]
    maps = edges.predict(images)
    hierarchies = [
        partitioner.build(m, partitioner.maps(image)) for m, image in zip(maps, images, strict=True)
    ]
    label_maps = [partitioner.cut(h) for h in hierarchies]
    build = median(lambda: partitioner.build(maps[0], partitioner.maps(images[0])), repeats)
    timings.append(Timing("hierarchy: build", "image", build))

    def cuts_of_one() -> None:
        hierarchy = partitioner.build(maps[0], partitioner.maps(images[0]))
        for threshold in THRESHOLDS:
            hierarchy.cut(threshold)

    def rebuild_each() -> None:
        for threshold in THRESHOLDS:
            cut_from_scratch(maps[0], partitioner, threshold, partitioner.maps(images[0]))

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
    timings += _network(images, label_maps, extractor, segments, repeats)
    return [*timings, pooled_timing(images, label_maps, pooled, repeats)]


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
    # in turn, so that other load on the machine falls on both
    pairs = [
        (median(lambda: extractor.extract(images, label_maps, labels), 1), median(bare, 1))
        for _ in range(repeats)
    ]
    ours = float(np.median([pair[0] for pair in pairs])) / total
    alone = float(np.median([pair[1] for pair in pairs])) / runs
    plain = extractor.backbone.trainable().eval()
    few = labels[0][:8]
    one_by_one = partial(crops_one_by_one, images[0], label_maps[0], few, extractor, plain)
    reference = median(one_by_one, 1) / len(few)
    return [
        Timing("features: crops and network", "segment", ours, reference),
        Timing("features: against the bare network on ready tensors", "segment", ours, alone),
    ]


def pooled_timing(
    images: Sequence[np.ndarray],
    label_maps: Sequence[np.ndarray],
    extractor: PooledExtractor,
    repeats: int = 3,
) -> Timing:
    """Features of all segments of an image, against the network alone on that image's ready tensor.

    Args:
        images: uint8 (H, W, 3) each, RGB.
        label_maps: int32 (H, W) each.
        extractor: features pooled from a map of the whole image.
        repeats: of each measurement.

    Returns:
        seconds per image; the reference is the network alone.
    """
    labels = [SegmentTable.from_label_map(label_map).label for label_map in label_maps]
    seen = [extractor.network_input(image) for image in images]

    def bare(i: int) -> None:
        extractor.levels_of(seen[i])
        if extractor.device.type == "cuda":
            torch.cuda.synchronize()

    def ours(i: int) -> None:
        extractor.forget()
        extractor.extract([images[i]], [label_maps[i]], [labels[i]])

    ours(0)  # compiles
    turns = [*range(len(images))] * repeats  # ours and bare one after the other, as for crops
    pairs = [(median(partial(ours, i), 1), median(partial(bare, i), 1)) for i in turns]
    seconds, alone = np.median(pairs, axis=0).tolist()
    count = np.mean([len(of_image) for of_image in labels])
    stage = f"pooled features of {count:.0f} segments: against the bare network"
    return Timing(stage, "image", seconds, alone)


def projection_timing(points: int = 5000, dim: int = 1280, seed: int = 0) -> tuple[Timing, float, float]:
    """Projection after new labels, against a fresh fit of the same points with the same labels.

    Args:
        points: number of points, in 40 overlapping clusters.
        dim: length of the features.
        seed: of points and layouts.

    Returns:
        the timing, and the trustworthiness (15 neighbors, cosine, in [0, 1]) of the new layout and of the fresh one.
    """
    rng = np.random.default_rng(seed)
    cluster = rng.integers(0, 40, points)
    features = rng.normal(size=(40, dim))[cluster] + 2.0 * rng.normal(size=(points, dim))
    features = (features / np.linalg.norm(features, axis=1, keepdims=True)).astype(np.float32)
    labels = np.where(rng.random(points) < 0.1, cluster, -1)
    UmapLearn(n_epochs=10).project(features[:50])  # compiles
    hoods, projector = Neighborhoods(features), UmapLearn()
    before = projector.project(features, neighbors=hoods.table, seed=seed)
    layouts: dict[str, np.ndarray] = {}

    def again() -> None:
        layouts["again"] = projector.project(
            features, labels=labels, init=before, neighbors=hoods.table, seed=seed
        )

    def fresh() -> None:
        layouts["fresh"] = UmapLearn().project(features, labels=labels, seed=seed)

    timing = Timing(
        f"projection of {points} points after new labels", "call", median(again, 3), median(fresh, 1)
    )
    trust = [
        float(trustworthiness(features, layouts[name], n_neighbors=15, metric="cosine"))
        for name in ("again", "fresh")
    ]
    return timing, trust[0], trust[1]


def split_timing(session: AnnotationSession, repeats: int = 5) -> Timing:
    """Splitting segments of a running session in two: partition, features, placement and the next observation.

    Args:
        session: an open one; its largest segments are split.
        repeats: number of splits.

    Returns:
        median seconds of a split.
    """
    seconds = []
    for row in np.argsort(-session.state.table.area, kind="stable")[:repeats].tolist():
        image, label = int(session.state.table.image[row]), int(session.state.table.label[row])
        ys, xs = np.nonzero(session.state.label_maps[image] == label)
        last = len(ys) - 1
        action = Split(row, ((int(ys[0]), int(xs[0])),), ((int(ys[last]), int(xs[last])),))
        seconds.append(median(lambda action=action: session.step(action), 1))  # type: ignore[misc]
    return Timing(f"a split among {len(session.state.table)} segments", "call", float(np.median(seconds)))


def median(run: Callable[[], object], repeats: int) -> float:
    """Median seconds of a call.

    Args:
        run: what is called.
        repeats: number of calls.

    Returns:
        seconds.
    """
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds))


def masks_one_by_one(label_map: np.ndarray) -> list[tuple[int, tuple[int, int, int, int]]]:
    """Area and box of each segment by the reference recipe: a mask of the whole image each.

    Args:
        label_map: int32 (H, W).

    Returns:
        by rising label: pixels, and first row, first column, last row + 1, last column + 1.

    Examples:
        >>> masks_one_by_one(np.array([[0, 0, 1], [0, 0, 1]], np.int32))
        [(4, (0, 0, 2, 2)), (2, (0, 2, 2, 3))]
    """
    found = []
    for label in np.unique(label_map):
        ys, xs = np.nonzero(label_map == label)
        found.append((len(ys), (int(ys.min()), int(xs.min()), int(ys.max()) + 1, int(xs.max()) + 1)))
    return found


def cut_from_scratch(
    edge_map: np.ndarray, partitioner: Partitioner, threshold: float, maps: Sequence[np.ndarray] = ()
) -> np.ndarray:
    """Partition by the reference recipe: everything from the pixel graph on is built for one cut.

    Args:
        edge_map: float32 (H, W) in [0, 1].
        partitioner: names the criterion.
        threshold: altitude of the cut.
        maps: of the image, from the partitioner.

    Returns:
        int (H, W), labels.
    """
    graph = hg.get_4_adjacency_graph(edge_map.shape)
    weights = hg.weight_graph(graph, edge_map, hg.WeightFunction.mean)
    rag = hg.make_region_adjacency_graph_from_labelisation(graph, hg.labelisation_watershed(graph, weights))
    tree, altitudes = CRITERIA[partitioner.criterion].merge(Basins(rag, weights, maps))
    if partitioner.min_strength:
        low = hg.attribute_contour_strength(tree, weights) < partitioner.min_strength
        tree, kept = hg.simplify_tree(tree, low)
        altitudes = altitudes[kept]
    labels = hg.labelisation_horizontal_cut_from_threshold(tree, altitudes, threshold, leaf_graph=rag)
    return hg.rag_back_project_vertex_weights(rag, labels)


def crops_one_by_one(
    image: np.ndarray,
    label_map: np.ndarray,
    labels: np.ndarray,
    extractor: FeatureExtractor,
    network: torch.nn.Module,
) -> list[np.ndarray]:
    """Features by the reference recipe: a full-image mask, a PIL crop and a forward pass each.

    Args:
        image: uint8 (H, W, 3), RGB.
        label_map: int32 (H, W).
        labels: int (n,), segments of ``label_map``.
        extractor: gives margin, size and normalisation of the crops.
        network: crop → features.

    Returns:
        n vectors float32 (D,), unit norm.
    """
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
    """The rows in ``timings`` as a Markdown table."""
    lines = [
        "| stage | per | milliseconds | reference recipe | times faster |",
        "| --- | --- | ---: | ---: | ---: |",
    ]
    for t in timings:
        reference = "" if t.reference is None else f"{1e3 * t.reference:.1f}"
        ratio = "" if t.ratio is None else f"{t.ratio:.1f}"
        lines.append(f"| {t.stage} | {t.unit} | {1e3 * t.seconds:.1f} | {reference} | {ratio} |")
    return "\n".join(lines)
