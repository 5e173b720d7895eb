"""Five sequences to choose settings on and five to report; what a run on either says of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hydra import compose, initialize_config_module

from fsannot.configuration.build import build
from fsannot.data.camvid import CamVid
from fsannot.data.chosen import DEV5, chosen_record, chosen_sentence
from fsannot.data.davis import Davis
from fsannot.data.errors import InputError
from tests.fakes import write_fake_camvid, write_fake_davis, write_fake_davis_archive

REPORT5 = ("cows", "dance-twirl", "drift-straight", "goat", "parkour")
SIZE = (48, 56)


def opened(name: str, root: Path) -> Davis:
    with initialize_config_module("fsannot.conf", version_base="1.3"):
        cfg = compose("check_dataset", overrides=[f"dataset={name}", f"data_root={root}"])
    dataset = build(cfg, "dataset")
    assert isinstance(dataset, Davis)
    return dataset


def test_dev5_and_report5_are_two_halves_of_the_ten_sequences(tmp_path: Path) -> None:
    write_fake_davis(tmp_path / "DAVIS", names=[*DEV5, *REPORT5], frames=2, size=SIZE)
    whole, dev, report = (opened(name, tmp_path) for name in ("davis", "davis_dev5", "davis_report5"))
    assert sorted(set(dev.groups)) == sorted(DEV5) == sorted(set(whole.groups))[:5]
    assert sorted(set(report.groups)) == sorted(REPORT5)
    assert sorted([*dev.ids, *report.ids]) == sorted(whole.ids)
    said = {name: chosen_sentence(chosen_record(of)) for name, of in
            (("whole", whole), ("dev", dev), ("report", report))}  # fmt: skip
    default = "Settings were chosen on DAVIS dev-5 and CamVid train"
    assert said == {
        "whole": f"{default}: 10 of these 20 images are among them.",
        "dev": f"{default}: on these very images.",
        "report": f"{default}, none of these images.",
    }


def test_a_sequence_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    write_fake_davis(tmp_path / "DAVIS", names=["camel", "goat"], frames=1, size=SIZE)
    with pytest.raises(InputError, match=r"'cows', .* whose groups are camel, goat; .*dataset\.groups=null"):
        opened("davis_report5", tmp_path)


def test_camvid_train_and_images_that_nobody_can_tell(tmp_path: Path) -> None:
    for split, seen in (("train", 3), ("val", 0)):
        dataset = CamVid(write_fake_camvid(tmp_path / "CamVid", split=split, size=SIZE), split=split)  # type: ignore[arg-type]
        assert chosen_record(dataset)["among_them"] == seen
        assert chosen_sentence(chosen_record(dataset, "my photographs")) == (
            "Settings were chosen on my photographs."
        )
    archive = Davis(write_fake_davis_archive(tmp_path / "archive", size=SIZE))
    assert chosen_record(archive)["among_them"] is None


@pytest.mark.realdata
def test_real_sequences(realdata: Path) -> None:
    assert [len(opened(name, realdata)) for name in ("davis_dev5", "davis_report5")] == [39, 44]
