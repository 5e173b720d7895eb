"""The program through its command line, on generated scenes."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.experiments.command_line import call

SCENES = ("dataset=synthetic", "dataset.images=3", "dataset.images_per_group=3", "dataset.size=[96,128]")


def bound(folder: Path, *overrides: str) -> tuple[int, str]:
    run = f"hydra.run.dir={folder}"
    return call("partition_bound", run, *SCENES, *overrides, cache=folder.parent / "cache")


def test_matched_numbers_of_segments(tmp_path: Path) -> None:
    status, printed = bound(
        tmp_path / "run",
        'models=[gradient,"multiscale edges@edges.model.model=gradient edges.scales=[0.5,1]",perfect]',
        "segments=[8,20]",
        'criteria=[area,"mean_border_features hierarchy.features.backbone.weights=random"]',
    )
    assert status == 0, printed
    table = pd.read_csv(tmp_path / "run/partition_bound.csv")
    assert table.edges.nunique() == 3
    assert (table.segments - table.wanted).abs().max() <= 1
    assert table.mean_value.between(0, 1).all()
    assert ((table.low <= table.mean_value) & (table.mean_value <= table.high)).all()
    means = table[(table.wanted == 20) & (table.criterion == "area")].set_index("edges").mean_value
    assert means["perfect"] > means["gradient"]
    assert len(pd.read_csv(tmp_path / "run/images.csv")) == 3 * 2 * 2 * 3
    assert set(table.ci_over) == {"images"}  # of a single group
    assert (tmp_path / "run/partition_bound.md").read_text() in printed


@pytest.mark.parametrize(
    ("override", "said"),
    [
        (
            "models=[gradent]",
            "models: 'gradent': edges=gradent: there is no such choice; did you mean gradient",
        ),
        ("segments=[0]", "segments=[0]: a list of whole numbers ≥ 1 is needed"),
        ("criteria=[beauty]", "criteria: 'beauty': hierarchy=beauty: there is no such choice"),
    ],
)
def test_errors_are_sentences(tmp_path: Path, override: str, said: str) -> None:
    status, printed = bound(tmp_path / "run", "models=[gradient]", override)
    assert status == 1
    assert said in printed
    assert "Traceback" not in printed
