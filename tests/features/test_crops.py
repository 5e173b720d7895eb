"""Crops against the reference order done naively: box, normalise, mask, resize."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fsannot.data.errors import InputError
from fsannot.features.crops import CropCutter, segment_boxes, segment_refs
from fsannot.features.device_crops import DeviceCropCutter

Blobs = Callable[[np.random.Generator, int, int, int], np.ndarray]
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def naive_crop(image: np.ndarray, label_map: np.ndarray, label: int, size: int, margin: int) -> torch.Tensor:
    ys, xs = np.nonzero(label_map == label)
    y0, x0 = max(ys.min() - margin, 0), max(xs.min() - margin, 0)
    y1, x1 = ys.max() + 1 + margin, xs.max() + 1 + margin
    crop = torch.from_numpy(image[y0:y1, x0:x1]).float() / 255
    crop = (crop - torch.tensor(MEAN)) / torch.tensor(STD)
    crop[torch.from_numpy(label_map[y0:y1, x0:x1] != label)] = 0
    return torch.nn.functional.interpolate(
        crop.permute(2, 0, 1)[None], (size, size), mode="bilinear", align_corners=True
    )[0]


@given(
    seed=st.integers(0, 10_000),
    height=st.integers(1, 90),
    width=st.integers(1, 90),
    size=st.integers(2, 70),
    margin=st.integers(0, 20),
)
@settings(max_examples=40, deadline=None)
def test_equal_to_the_reference_order(
    blobs: Blobs, seed: int, height: int, width: int, size: int, margin: int
) -> None:
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    label_map = blobs(rng, height, width, 5)
    labels = np.unique(label_map)
    refs = segment_refs(image, label_map, labels, margin=margin)
    cutter = CropCutter(size=size, mean=MEAN, std=STD)
    expected = torch.stack([naive_crop(image, label_map, i, size, margin) for i in labels])
    torch.testing.assert_close(cutter.cut(refs), expected, rtol=0, atol=1e-5)
    on_device = DeviceCropCutter(
        size=size, scale=cutter.scale, offset=cutter.offset, device=torch.device("cpu")
    )
    torch.testing.assert_close(on_device.cut(refs, len(refs)), expected, rtol=0, atol=1e-5)


@pytest.mark.gpu
def test_device_crops_on_a_gpu_equal_those_of_the_cpu(blobs: Blobs) -> None:
    rng = np.random.default_rng(0)
    refs = []
    for height, width in ((70, 90), (200, 50)):
        label_map = blobs(rng, height, width, 7)
        image = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
        refs += segment_refs(image, label_map, np.unique(label_map))
    cutter = CropCutter(size=64, mean=MEAN, std=STD)
    device = torch.device("cuda")
    crops = DeviceCropCutter(size=64, scale=cutter.scale, offset=cutter.offset, device=device).cut(
        refs, len(refs)
    )
    torch.testing.assert_close(crops.cpu(), cutter.cut(refs), rtol=0, atol=1e-5)


@pytest.mark.parametrize("on_device", [False, True])
def test_rows_beyond_the_segments_are_zero(on_device: bool) -> None:
    image, label_map = np.full((8, 8, 3), 9, np.uint8), np.zeros((8, 8), np.int32)
    refs = segment_refs(image, label_map, np.array([0]))
    cutter = CropCutter(size=4, mean=MEAN, std=STD)
    if on_device:
        device_cutter = DeviceCropCutter(
            size=4, scale=cutter.scale, offset=cutter.offset, device=torch.device("cpu")
        )
        crops = device_cutter.cut(refs, 3)
    else:
        crops = cutter.cut(refs, torch.full((3, 4, 4, 3), 7.0))
    assert crops[0].abs().min() > 0
    assert crops.shape == (3, 3, 4, 4)
    assert not crops[1:].any()
    assert crops.is_contiguous(memory_format=torch.channels_last)


def test_several_threads_cut_the_same(blobs: Blobs) -> None:
    rng = np.random.default_rng(3)
    label_map = blobs(rng, 60, 80, 12)
    refs = segment_refs(rng.integers(0, 256, (60, 80, 3), dtype=np.uint8), label_map, np.unique(label_map))
    cutter = CropCutter(size=32, mean=MEAN, std=STD)
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        one = cutter.cut(refs)
        torch.set_num_threads(3)
        assert torch.equal(cutter.cut(refs), one)
        with torch.inference_mode():  # as the extractor calls it
            assert torch.equal(
                cutter.cut(refs, torch.empty(len(refs), 32, 32, 3, dtype=torch.bfloat16)), one.bfloat16()
            )
    finally:
        torch.set_num_threads(before)


def test_crops_in_bfloat16_are_those_in_float32_rounded(blobs: Blobs) -> None:
    rng = np.random.default_rng(4)
    label_map = blobs(rng, 50, 70, 6)
    refs = segment_refs(rng.integers(0, 256, (50, 70, 3), dtype=np.uint8), label_map, np.unique(label_map))
    cutter = CropCutter(size=33, mean=MEAN, std=STD)
    short = cutter.cut(refs, torch.full((len(refs) + 2, 33, 33, 3), 7.0, dtype=torch.bfloat16))
    assert torch.equal(short[: len(refs)], cutter.cut(refs).to(torch.bfloat16))
    assert not short[len(refs) :].any()
    assert short.is_contiguous(memory_format=torch.channels_last)


def test_boxes_are_widened_and_clipped() -> None:
    label_map = np.zeros((20, 30), np.int32)
    label_map[4:6, 20:29] = 3
    assert segment_boxes(label_map, np.array([3]), 5).tolist() == [[0, 15, 11, 30]]


@pytest.mark.parametrize("label", [1, 4, -1])
def test_unknown_label_is_named(label: int) -> None:
    label_map = np.zeros((4, 4), np.int32)
    label_map[0, 0] = 3
    with pytest.raises(InputError, match=rf"segment {label} "):
        segment_boxes(label_map, np.array([label]), 1)


def test_bad_images_and_maps_are_refused() -> None:
    image, label_map = np.zeros((4, 5, 3), np.uint8), np.zeros((4, 5), np.int32)
    for bad_image, bad_map in (
        (image.astype(np.float32), label_map),
        (image[..., 0], label_map),
        (image, label_map.T),
        (image, label_map.astype(np.int64)),
    ):
        with pytest.raises(InputError):
            segment_refs(bad_image, bad_map, np.array([0]))
    with pytest.raises(InputError, match="crop size"):
        CropCutter(size=1, mean=MEAN, std=STD)
    with pytest.raises(InputError, match="std"):
        CropCutter(size=8, mean=MEAN, std=(0.0, 1.0, 1.0))
