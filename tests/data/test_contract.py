"""What every dataset keeps to, tried on all of them."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from fsannot.data.berkeley import Berkeley
from fsannot.data.camvid import CamVid
from fsannot.data.cityscapes import Cityscapes
from fsannot.data.dataset import Dataset
from fsannot.data.davis import Davis
from fsannot.data.errors import InputError
from fsannot.data.folder import Folder
from fsannot.data.grabcut import GrabCut
from fsannot.data.icoseg import ICoseg
from fsannot.data.rooftop import Rooftop
from fsannot.data.sample import IGNORE
from fsannot.data.sbd import SBD
from fsannot.data.synthetic import Synthetic
from tests import fakes
from tests.fakes import click_sets

FOLDERS: dict[str, tuple[Callable[[Path], Path], Callable[..., Dataset]]] = {
    "icoseg": (fakes.write_fake_icoseg, ICoseg),
    "davis": (fakes.write_fake_davis, Davis),
    "davis archive": (fakes.write_fake_davis_archive, Davis),
    "rooftop": (fakes.write_fake_rooftop, Rooftop),
    "cityscapes": (fakes.write_fake_cityscapes, Cityscapes),
    "camvid": (fakes.write_fake_camvid, CamVid),
    "folder": (fakes.write_fake_folder, Folder),
    "grabcut": (click_sets.write_fake_grabcut, GrabCut),
    "berkeley": (click_sets.write_fake_berkeley, Berkeley),
    "sbd": (click_sets.write_fake_sbd, SBD),
}
SYNTHETIC = partial(Synthetic, images=5, images_per_group=2, size=(72, 96))
KINDS = [*FOLDERS, "synthetic", "synthetic semantic"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    base = tmp_path_factory.mktemp("datasets")
    return {name: write(base / name) for name, (write, _) in FOLDERS.items()}


@pytest.fixture(params=KINDS)
def make(request: pytest.FixtureRequest, folders: dict[str, Path]) -> Callable[..., Dataset]:
    """Opens one dataset; called once per kind."""
    if request.param == "synthetic":
        return SYNTHETIC
    if request.param == "synthetic semantic":
        return partial(SYNTHETIC, task="semantic")
    return partial(FOLDERS[request.param][1], folders[request.param])


def test_samples_are_what_the_contract_says(make: Callable[..., Dataset]) -> None:
    dataset = make()
    assert len(dataset) == len(dataset.ids) == len(dataset.groups) > 1
    assert len(set(dataset.ids)) == len(dataset)
    for index, sample in enumerate(dataset):
        assert sample.id == dataset.ids[index] == f"{sample.group}/{sample.id.split('/')[1]}"
        assert sample.group == dataset.groups[index]
        np.testing.assert_array_equal(sample.image, dataset.image(index))
        assert (sample.target is not None) == dataset.has_truth
        assert dataset.file_name(index).rpartition(".")[0].endswith(sample.id)
        if sample.target is None:
            with pytest.raises(InputError, match="has no ground truth"):
                sample.truth  # noqa: B018
            continue
        assert set(np.unique(sample.target)) <= {IGNORE, *range(len(dataset.classes))}
        if sample.instances is not None:
            count = sample.instances.max()
            assert set(np.unique(sample.instances)) - {0} == set(range(1, count + 1))
            if dataset.task == "foreground":
                np.testing.assert_array_equal(sample.instances > 0, sample.target == 1)


def test_ids_are_safe_relative_paths(make: Callable[..., Dataset], tmp_path: Path) -> None:
    for name in make().ids:
        path = (tmp_path / name).resolve()
        assert path.parent.parent == tmp_path.resolve()
        assert not set('\\:*?"<>|\n') & set(name)


def test_index_outside_is_an_index_error(make: Callable[..., Dataset]) -> None:
    dataset = make()
    for index in (-1, len(dataset)):
        with pytest.raises(IndexError):
            dataset[index]
        with pytest.raises(IndexError):
            dataset.image(index)


def test_selections_keep_order_and_content(make: Callable[..., Dataset]) -> None:
    whole = make()
    first = make(limit=1)
    assert first.ids == whole.ids[:1]
    np.testing.assert_array_equal(first[0].image, whole[0].image)
    last_group = whole.groups[-1]
    some = make(groups=[last_group])
    assert some.ids == tuple(i for i, g in zip(whole.ids, whole.groups, strict=True) if g == last_group)
    np.testing.assert_array_equal(some[0].image, whole[whole.ids.index(some.ids[0])].image)
    assert make(limit=10**6).ids == whole.ids


@pytest.mark.parametrize(
    "options",
    [
        {"limit": 0},
        {"limit": True},
        {"limit": "3"},
        {"limit": 1.5},
        {"groups": []},
        {"groups": "a"},
        {"groups": [1]},
    ],
    ids=str,
)
def test_invalid_selection(make: Callable[..., Dataset], options: dict[str, object]) -> None:
    (key,) = options
    with pytest.raises(InputError, match=f"dataset.{key}="):
        make(**options)


def test_unknown_group_names_the_known_ones(make: Callable[..., Dataset]) -> None:
    known = make().groups[0]
    with pytest.raises(InputError, match=known):
        make(groups=["no such group"])


def test_fingerprint_depends_on_content_alone(make: Callable[..., Dataset]) -> None:
    whole = make()
    assert whole.fingerprint() == make().fingerprint()
    assert whole.fingerprint() != make(limit=1).fingerprint()
    int(whole.fingerprint(), 16)


def test_survives_pickling(make: Callable[..., Dataset]) -> None:
    dataset = make()
    copy = pickle.loads(pickle.dumps(dataset))  # noqa: S301 its own
    assert copy.ids == dataset.ids
    np.testing.assert_array_equal(copy[0].image, dataset[0].image)
