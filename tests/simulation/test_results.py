"""Units of an image: instances where results are per instance, and an image that holds none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from fsannot.clicks.units import nothing_to_click, units
from fsannot.data.rooftop import Rooftop
from fsannot.data.sample import Sample
from fsannot.simulation.results import session_rows
from tests import fakes


class Bare(Rooftop):
    """Its first image has lost its roofs."""

    def __getitem__(self, index: int) -> Sample:
        sample = super().__getitem__(index)
        if index:
            return sample
        nothing = np.zeros_like(sample.target)
        return replace(sample, target=nothing, instances=nothing)


def test_an_image_without_instances_is_one_row(tmp_path: Path) -> None:
    dataset = Bare(fakes.write_fake_rooftop(tmp_path))
    bare, sample = dataset[0], dataset[1]
    wrong = np.zeros(bare.target.shape, np.int16)
    found = []
    for of, labels in ((bare, wrong), (sample, sample.target)):
        found += session_rows(dataset, of, labels, method="m", seed=0, effort=(6.0, 1.0, 0.5, 2.0))
    assert [(row.instance, row.iou, row.human_seconds) for row in found] == [
        (None, 1.0, 6.0), (1, 1.0, 3.0), (2, 1.0, 3.0)
    ]  # fmt: skip
    wrong[:, : wrong.shape[1] // 2] = 1
    rows = [
        session_rows(dataset, of, wrong, method="m", seed=0, effort=(0, 0, 0, 0)) for of in (bare, sample)
    ]
    assert [row.iou for row in rows[0]] == [0.0]
    assert max(row.iou or 0.0 for row in rows[1]) < 0.5


def test_an_image_without_instances_has_nothing_to_click(tmp_path: Path) -> None:
    dataset = Bare(fakes.write_fake_rooftop(tmp_path))
    (unit,) = units(dataset, 0)
    assert nothing_to_click(unit, dataset) == "the ground truth has no object pixel"
    assert [unit.instance for unit in units(dataset, 1)] == [1, 2]
