"""Pooled features: one pass over the image, and the mean over each segment's pixels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from fsannot.data.errors import InputError
from fsannot.features.backbone import Backbone
from fsannot.features.pooled import PooledExtractor
from fsannot.metric_learning.backbone import BackboneLearner
from fsannot.metric_learning.table_segments import TableSegments
from fsannot.segments.table import SegmentTable


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    return Backbone(name="tf_efficientnet_lite0", weights="packaged")


def extractor(backbone: Backbone, **settings: object) -> PooledExtractor:
    return PooledExtractor(**({"backbone": backbone, "device": "cpu", "precision": "fp32"} | settings))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def scene(blobs: Callable) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (90, 130, 3), dtype=np.uint8), blobs(rng, 90, 130, 12)


def test_unit_rows_in_the_order_asked_for(backbone: Backbone, scene: tuple[np.ndarray, np.ndarray]) -> None:
    image, label_map = scene
    pooled = extractor(backbone)
    (rows,) = pooled.extract([image], [label_map], [np.array([7, 2, 5])])
    assert rows.shape == (3, pooled.dim) == (3, 40 + 112 + 320) and rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-5)
    (alone,) = pooled.extract([image], [label_map], [np.array([5])])
    np.testing.assert_array_equal(alone[0], rows[2])


def test_it_is_the_mean_of_the_enlarged_maps(
    backbone: Backbone, scene: tuple[np.ndarray, np.ndarray]
) -> None:
    image, label_map = scene
    pooled = extractor(backbone, reductions=[16], centred=False)
    (level,) = pooled._forward(image, 1.0)
    large = nn.functional.interpolate(
        level.permute(2, 0, 1)[None], size=label_map.shape, mode="bilinear", align_corners=False
    )[0].numpy()
    labels = np.unique(label_map)
    wanted = np.stack([large[:, label_map == label].mean(1) for label in labels])
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    (rows,) = pooled.extract([image], [label_map], [labels])
    np.testing.assert_allclose(rows, wanted, atol=1e-4)


@pytest.mark.parametrize("scale", [0.5, 1.0, 1.5])
def test_the_network_sees_the_image_as_torch_resizes_it(
    backbone: Backbone, scene: tuple[np.ndarray, np.ndarray], scale: float
) -> None:
    image, _ = scene
    seen = extractor(backbone).network_input(image, scale)
    large = nn.functional.interpolate(
        torch.from_numpy(image).permute(2, 0, 1)[None].float(),
        size=seen.shape[2:],
        mode="bilinear",
        align_corners=False,
        antialias=scale < 1,
    )
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (backbone.mean, backbone.std))
    torch.testing.assert_close(seen, (large / 255 - mean) / std, rtol=0, atol=2e-5)
    assert seen.is_contiguous(memory_format=torch.channels_last)


def test_parts_cost_no_second_pass(
    backbone: Backbone, scene: tuple[np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    image, label_map = scene
    pooled = extractor(backbone)
    pooled.extract([image], [label_map], [np.array([0])])
    passes = []
    forward = pooled._forward
    monkeypatch.setattr(pooled, "_forward", lambda *args: passes.append(1) or forward(*args))
    halves = label_map * 2 + (np.arange(label_map.shape[1]) > 60)
    pooled.extract([image], [halves], [np.unique(halves)])
    assert not passes
    pooled.extract([image[:, ::-1]], [label_map], [np.array([0])])
    assert passes == [1]


def test_an_images_common_light_does_not_tie_its_segments(
    backbone: Backbone, scene: tuple[np.ndarray, np.ndarray]
) -> None:
    image, label_map = scene
    labels = np.unique(label_map)
    centred, plain = (
        extractor(backbone, centred=flag).extract([image], [label_map], [labels])[0] for flag in (True, False)
    )
    assert (centred @ centred.T).mean() < (plain @ plain.T).mean()


def test_the_fingerprint_tells_every_setting_apart(backbone: Backbone) -> None:
    settings: list[dict[str, object]] = [
        {},
        {"reductions": [8]},
        {"scales": [1.0, 2.0]},
        {"centred": False},
        {"precision": "bf16"},
    ]
    assert len({extractor(backbone, **s).fingerprint() for s in settings}) == len(settings)
    assert extractor(backbone, kept=1).fingerprint() == extractor(backbone).fingerprint()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"reductions": []}, "features.reductions is empty"),
        ({"scales": [0.0]}, r"features.scales=\[0.0\]: at least one, each in \[0.1, 8\]"),
        ({"kept": 0}, "features.kept=0"),
        ({"precision": "fp8"}, "fp8"),
    ],
)
def test_bad_settings_are_named(backbone: Backbone, settings: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        extractor(backbone, **settings)


def test_a_feature_map_the_network_does_not_have(backbone: Backbone) -> None:
    with pytest.raises(InputError, match=r"no feature map at \[64\]; it has \[2, 4, 8, 16, 32\]"):
        _ = extractor(backbone, reductions=[64]).dim


def test_a_map_of_another_size_and_a_segment_that_is_not_there(
    backbone: Backbone, scene: tuple[np.ndarray, np.ndarray]
) -> None:
    image, label_map = scene
    with pytest.raises(InputError, match="shape"):
        extractor(backbone).extract([image], [label_map[:-1]], [np.array([0])])
    with pytest.raises(InputError, match="segment 99 does not occur"):
        extractor(backbone).extract([image], [label_map], [np.array([99])])


def test_fine_tuning_asks_for_crop_features(backbone: Backbone, scene: tuple[np.ndarray, np.ndarray]) -> None:
    image, label_map = scene
    pooled = extractor(backbone)
    labels = np.unique(label_map)
    (rows,) = pooled.extract([image], [label_map], [labels])
    segments = TableSegments(
        table=SegmentTable.from_label_map(label_map), load=lambda _: (image, label_map), extractor=pooled
    )
    with pytest.raises(InputError, match="features=efficientnet_lite0"):
        BackboneLearner().learn(rows, (labels % 2).astype(np.int64), segments, 0)


def test_bf16_is_close_to_fp32(backbone: Backbone, scene: tuple[np.ndarray, np.ndarray]) -> None:
    image, label_map = scene
    labels = np.unique(label_map)
    exact, fast = (
        extractor(backbone, precision=p).extract([image], [label_map], [labels])[0] for p in ("fp32", "bf16")
    )
    assert (exact * fast).sum(1).min() > 0.97
    assert torch.bfloat16 == extractor(backbone, precision="bf16").dtype
