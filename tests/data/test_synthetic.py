"""The generated scenes."""

from __future__ import annotations

import numpy as np
import pytest

from fsannot.data.errors import InputError
from fsannot.data.synthetic import Synthetic

SMALL = {"images": 6, "images_per_group": 3, "size": (72, 96)}


def test_same_seed_same_pictures_other_seed_others() -> None:
    first, again, other = Synthetic(**SMALL), Synthetic(**SMALL), Synthetic(**SMALL, seed=1)
    from fsannot.data import synthetic

    before = first[4]
    synthetic._picture.cache_clear()
    after = again[4]
    np.testing.assert_array_equal(before.image, after.image)
    np.testing.assert_array_equal(before.target, after.target)
    assert (before.image != other[4].image).any()
    assert first.fingerprint() != other.fingerprint()


def test_an_image_does_not_depend_on_the_others() -> None:
    few, many = Synthetic(**SMALL), Synthetic(**{**SMALL, "images": 60})
    np.testing.assert_array_equal(few[5].image, many[5].image)
    one = Synthetic(**SMALL, groups=["group-01"])
    assert one.ids == few.ids[3:]
    np.testing.assert_array_equal(one[0].image, few[3].image)


def test_tasks_show_the_same_scenes() -> None:
    foreground, semantic = Synthetic(**SMALL), Synthetic(**SMALL, task="semantic")
    assert semantic.classes[-1] == "object"
    for a, b in zip(foreground, semantic, strict=True):
        np.testing.assert_array_equal(a.image, b.image)
        np.testing.assert_array_equal(a.target == 1, b.target == 7)
        assert a.instances is not None
        np.testing.assert_array_equal(a.instances > 0, a.target == 1)
    assert foreground.fingerprint() != semantic.fingerprint()


@pytest.mark.parametrize("seed", [0, 1])
def test_every_image_has_an_object_and_several_regions(seed: int) -> None:
    for sample in Synthetic(images=12, images_per_group=1, size=(60, 90), seed=seed, task="semantic"):
        assert (sample.target == 7).mean() > 0.002, sample.id
        assert len(np.unique(sample.target)) >= 4
        assert sample.image.std() > 10


def test_images_are_the_callers_to_change() -> None:
    dataset = Synthetic(**SMALL)
    image = dataset.image(0)
    image[:] = 0
    assert dataset.image(0).any()


@pytest.mark.parametrize(
    "options",
    [
        {"images": 0},
        {"images_per_group": 0},
        {"task": "panoptic"},
        {"seed": -1},
        {"seed": 0.5},
        {"size": 300},
        {"size": (300,)},
        {"size": (20, 300)},
        {"size": "ab"},
        {"groups": 3},
    ],
    ids=str,
)
def test_invalid_options(options: dict[str, object]) -> None:
    with pytest.raises(InputError, match=f"dataset.{next(iter(options))}"):
        Synthetic(**options)  # type: ignore[arg-type]
