"""Cityscapes' label table, drawn subset and instances."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fsannot.data.cityscapes import Cityscapes
from fsannot.data.errors import DatasetError, InputError
from fsannot.data.sample import IGNORE
from tests.fakes import write_fake_cityscapes


def test_34_ids_become_19_classes(tmp_path: Path) -> None:
    root = write_fake_cityscapes(tmp_path, cities=1, images=1, instances=False, size=(48, 48))
    (file,) = root.rglob("*_labelIds.png")
    ids = np.arange(48 * 48, dtype=np.int64).reshape(48, 48) % 34
    Image.fromarray(ids.astype(np.uint8)).save(file)
    target = Cityscapes(root)[0].target
    classes = Cityscapes.classes
    assert len(classes) == 19
    assert classes[:3] == ("road", "sidewalk", "building")
    assert classes[-1] == "bicycle"
    assert (target[ids == 7] == 0).all()
    assert (target[ids == 24] == classes.index("person")).all()
    assert (target[ids == 33] == 18).all()
    ignored = [0, 1, 2, 3, 4, 5, 6, 9, 10, 14, 15, 16, 18, 29, 30]
    np.testing.assert_array_equal(target == IGNORE, np.isin(ids, ignored))


def test_subset_is_drawn_with_a_fixed_seed(tmp_path: Path) -> None:
    root = write_fake_cityscapes(tmp_path, cities=2, images=4, instances=False, size=(48, 48))
    whole = Cityscapes(root, subset=None).ids
    drawn = Cityscapes(root, subset=3).ids
    assert len(drawn) == 3
    assert list(drawn) == sorted(drawn)
    assert drawn == Cityscapes(root, subset=3).ids
    assert set(drawn) < set(whole)
    assert {Cityscapes(root, subset=3, seed=seed).ids for seed in range(5)} != {drawn}
    assert Cityscapes(root, subset=98).ids == whole


def test_instances_are_single_objects_of_evaluated_classes(tmp_path: Path) -> None:
    root = write_fake_cityscapes(tmp_path, cities=1, images=1, size=(48, 48))
    (labels,) = root.rglob("*_labelIds.png")
    (instances,) = root.rglob("*_instanceIds.png")
    ids, single = np.full((48, 48), 7, np.uint8), np.full((48, 48), 7, np.uint16)
    ids[:10], single[:10] = 26, 26007  # a car
    ids[10:20], single[10:20] = 26, 26  # a group of cars
    ids[20:30], single[20:30] = 29, 29000  # a caravan, not evaluated
    ids[30:40], single[30:40] = 24, 24003  # a person
    Image.fromarray(ids).save(labels)
    Image.fromarray(single).save(instances)
    sample = Cityscapes(root)[0]
    assert sample.instances is not None
    np.testing.assert_array_equal(sample.instances[:, 0], np.repeat([2, 0, 0, 1, 0], [10, 10, 10, 10, 8]))
    single[0, 0] = 60_000
    Image.fromarray(single).save(instances)
    with pytest.raises(DatasetError, match=r"instanceIds.png: unknown label value 60"):
        Cityscapes(root)[0]


def test_without_instance_files(tmp_path: Path) -> None:
    assert Cityscapes(write_fake_cityscapes(tmp_path, instances=False))[0].instances is None


@pytest.mark.parametrize("options", [{"subset": 0}, {"seed": -1}, {"split": "test"}], ids=str)
def test_invalid_options(tmp_path: Path, options: dict[str, object]) -> None:
    with pytest.raises(InputError, match=f"dataset.{next(iter(options))}="):
        Cityscapes(tmp_path, **options)  # type: ignore[arg-type]
