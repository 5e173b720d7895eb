from collections.abc import Callable

import numpy as np
import pytest
import torch

from fsannot.data.errors import DeviceError, InputError
from fsannot.features.backbone import Backbone
from fsannot.features.extract import FeatureExtractor

SIZE = 64


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    return Backbone(name="tf_efficientnet_lite0", weights="packaged")


def extractor(backbone: Backbone, **settings: object) -> FeatureExtractor:
    return FeatureExtractor(
        **(
            {"backbone": backbone, "size": SIZE, "batch_size": 4, "device": "cpu", "precision": "fp32"}
            | settings
        )
    )


@pytest.fixture(scope="module")
def scenes(blobs: Callable) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
    rng = np.random.default_rng(0)
    images, maps, labels = [], [], []
    for height, width, count in ((40, 60, 5), (70, 30, 3), (50, 50, 6)):
        maps.append(blobs(rng, height, width, count))
        images.append(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))
        labels.append(np.unique(maps[-1]))
    labels.insert(1, np.array([], np.int64))  # an image of which nothing is wanted
    images.insert(1, images[0])
    maps.insert(1, maps[0])
    return images, maps, labels


def test_unit_rows_in_the_order_asked_for(backbone: Backbone, scenes: tuple) -> None:
    images, maps, labels = scenes
    features = extractor(backbone).extract(images, maps, labels)
    assert [f.shape for f in features] == [(len(i), 1280) for i in labels]
    for block in features:
        assert block.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(block, axis=1), 1, rtol=1e-5)
    backwards = extractor(backbone).extract(images[:1], maps[:1], [labels[0][::-1]])[0]
    np.testing.assert_array_equal(backwards[::-1], features[0])


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_segment_does_not_depend_on_its_batch(backbone: Backbone, scenes: tuple, precision: str) -> None:
    images, maps, labels = scenes
    settings = {"precision": precision}
    together = np.concatenate(extractor(backbone, **settings).extract(images, maps, labels))
    one = extractor(backbone, **settings)
    alone = [
        one.extract([image], [label_map], [np.array([label])])[0]
        for image, label_map, wanted in zip(images, maps, labels, strict=True)
        for label in wanted
    ]
    np.testing.assert_array_equal(np.concatenate(alone), together)


def test_batch_size_changes_nothing_but_rounding(backbone: Backbone, scenes: tuple) -> None:
    small, large = (np.concatenate(extractor(backbone, batch_size=n).extract(*scenes)) for n in (3, 16))
    np.testing.assert_allclose(small, large, atol=1e-5)
    assert extractor(backbone, batch_size=3).fingerprint() == extractor(backbone, batch_size=16).fingerprint()


def test_bf16_is_close_to_fp32_and_has_its_own_fingerprint(backbone: Backbone, scenes: tuple) -> None:
    exact, fast = extractor(backbone), extractor(backbone, precision="bf16")
    similarity = (np.concatenate(exact.extract(*scenes)) * np.concatenate(fast.extract(*scenes))).sum(1)
    assert similarity.min() > 0.97  # noise images are the worst case
    assert exact.fingerprint() != fast.fingerprint()


def test_a_stream_holds_only_the_images_in_work(backbone: Backbone, scenes: tuple) -> None:
    taken = 0

    def items():
        nonlocal taken
        for _ in range(20):
            taken += 1
            yield scenes[0][0], scenes[1][0], scenes[2][0]

    stream = extractor(backbone).extract_stream(items())
    assert next(stream).shape == (len(scenes[2][0]), 1280)
    assert taken <= 3
    assert sum(1 for _ in stream) == 19


def test_out_of_memory_halves_the_batch_then_says_so(
    backbone: Backbone, scenes: tuple, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = np.concatenate(extractor(backbone, batch_size=2).extract(*scenes))
    for limit in (2, 0):
        small = extractor(backbone, batch_size=8)
        forward = small._forward

        def limited(batch: list, forward=forward, small=small, limit=limit) -> torch.Tensor:
            if small.batch_size > limit:
                raise torch.cuda.OutOfMemoryError("CUDA out of memory")
            return forward(batch)

        monkeypatch.setattr(small, "_forward", limited)
        if limit:
            np.testing.assert_array_equal(np.concatenate(small.extract(*scenes)), expected)
        else:
            with pytest.raises(DeviceError, match=r"features\.size"):
                small.extract(*scenes)


def test_bad_input(backbone: Backbone, scenes: tuple) -> None:
    images, maps, labels = scenes
    with pytest.raises(InputError, match="label maps"):
        extractor(backbone).extract(images, maps[:-1], labels)
    with pytest.raises(InputError, match="segment 99"):
        extractor(backbone).extract(images[:1], maps[:1], [np.array([99])])
    for key, value in (("size", 8), ("margin", -1), ("batch_size", 0), ("precision", "fp16")):
        with pytest.raises(InputError, match=f"features.{key}"):
            extractor(backbone, **{key: value})


def test_a_size_the_network_cannot_take_is_named() -> None:
    hrnet = Backbone(name="hrnet_w18_small", weights="random")
    image, label_map = np.zeros((40, 40, 3), np.uint8), np.zeros((40, 40), np.int32)
    with pytest.raises(InputError, match=r"features\.size=112 does not fit hrnet_w18_small"):
        extractor(hrnet, size=112).extract([image], [label_map], [np.array([0])])


@pytest.mark.gpu
def test_the_gpu_gives_the_features_of_the_cpu(backbone: Backbone, scenes: tuple) -> None:
    cpu, gpu = (np.concatenate(extractor(backbone, device=d).extract(*scenes)) for d in ("cpu", "cuda"))
    assert (cpu * gpu).sum(1).min() > 0.9999
