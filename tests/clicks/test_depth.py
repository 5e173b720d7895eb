import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from fsannot.clicks.depth import Depth, Transform, region_depth
from tests.clicks.naive import squared_depth


def whole(depth: Depth, shape: tuple[int, ...]) -> np.ndarray:
    """Squared depth in the whole frame, int (H, W)."""
    full = np.zeros(shape, np.int64)
    h, w = depth.values.shape
    squared = np.rint(np.square(depth.values, dtype=np.float64))
    full[depth.y0 : depth.y0 + h, depth.x0 : depth.x0 + w] = squared
    return full


def blob(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    field = ndimage.gaussian_filter(rng.standard_normal(shape), rng.uniform(0.5, 15))
    return field > np.quantile(field, rng.uniform(0.05, 0.97))


@given(hnp.arrays(np.bool_, st.tuples(st.integers(1, 12), st.integers(1, 12))))
@settings(max_examples=150, deadline=None)
def test_exact_is_the_distance_to_the_nearest_pixel_outside(region: np.ndarray) -> None:
    depth = region_depth(region)
    np.testing.assert_array_equal(whole(depth, region.shape), squared_depth(region))
    deepest = squared_depth(region).max()
    assert depth.maximum() == deepest
    if deepest:
        np.testing.assert_array_equal(
            np.add(np.argwhere(depth.deepest()), (depth.y0, depth.x0)),
            np.argwhere(squared_depth(region) == deepest),
        )


@pytest.mark.parametrize("shape", [(60, 90), (300, 200), (480, 854), (1000, 1015)])
def test_exact_agrees_with_scipy_on_whole_frames(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(shape[0])
    sparse = rng.random(shape) < 0.9999
    for region in (blob(rng, shape), np.ones(shape, bool), sparse):
        expected = ndimage.distance_transform_edt(np.pad(region, 1))[1:-1, 1:-1] ** 2
        depth, squared = region_depth(region), np.rint(expected).astype(np.int64)
        np.testing.assert_array_equal(whole(depth, shape), squared)
        assert depth.maximum() == squared.max()
        assert np.count_nonzero(depth.deepest()) == np.count_nonzero(squared == squared.max())


def test_regions_larger_than_float32_can_hold() -> None:
    region = np.ones((40, 1300), bool)
    region[20, 650] = False
    expected = ndimage.distance_transform_edt(np.pad(region, 1))[1:-1, 1:-1] ** 2
    np.testing.assert_array_equal(whole(region_depth(region), region.shape), np.rint(expected))


@pytest.mark.parametrize("transform", ["exact", "opencv"])
def test_the_same_region_has_the_same_bits_at_every_call(transform: Transform) -> None:
    """OpenCV's default is Intel's IPP, which differs from call to call and between numbers of threads."""
    rng = np.random.default_rng(0)
    regions = [blob(rng, shape) for shape in ((9, 11), (60, 90), (300, 200), (480, 854)) for _ in range(4)]
    threads, used = cv2.getNumThreads(), cv2.ipp.useIPP()
    expected = [region_depth(region, transform).values for region in regions]
    try:
        for count in (1, 2, 8, 1):
            cv2.setNumThreads(count)
            for _ in range(3):
                for region, before in zip(regions, expected, strict=True):
                    np.testing.assert_array_equal(region_depth(region, transform).values, before)
    finally:
        cv2.setNumThreads(threads)
    assert cv2.ipp.useIPP() == used  # of the caller's other work


def test_opencv_is_the_same_distance_up_to_rounding() -> None:
    rng = np.random.default_rng(0)
    for _ in range(5):
        region = blob(rng, (120, 160))
        exact = np.sqrt(whole(region_depth(region), region.shape))
        np.testing.assert_allclose(region_depth(region, "opencv").values, exact, rtol=1e-5)
