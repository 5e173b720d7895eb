"""The campaign on damaged files: a short one finds nothing, and it would find what it is meant to find."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest

from fsannot.annotation.trace import read_trace
from fsannot.data.errors import CheckpointMismatchError, DatasetError, FsannotError, ResultsError
from fsannot.data.listing import read_list
from fsannot.edges.hed import keras_names, read_keras_weights
from fsannot.evaluation.results import read_json, read_results
from fsannot.runs.config_text import parsed_config
from fsannot.runs.masks import mask_path, read_mask
from fsannot.stress import pictures
from fsannot.stress.campaign import Limits, run_campaign
from fsannot.stress.case import damaged_file, is_sentence, run_case
from fsannot.stress.readers import READERS, Reader
from fsannot.weights import load_checkpoint
from tests.experiments.command_line import call

RNG = np.random.default_rng(0)


def test_a_short_campaign_breaks_no_promise(tmp_path: Path) -> None:
    outcomes = list(run_campaign([], range(12), seed=2026, limits=Limits(), failures=tmp_path / "failures"))
    assert len(outcomes) == 12 * len(READERS)
    assert [o for o in outcomes if o.failed] == [] and not (tmp_path / "failures").exists()
    assert {o.kind for o in outcomes} == {"read", "refused"}


@pytest.mark.parametrize("name", READERS)
def test_undamaged_files_are_read(tmp_path: Path, name: str) -> None:
    for seed in range(4):
        (tmp_path / str(seed)).mkdir()
        path = READERS[name].write(tmp_path / str(seed), np.random.default_rng(seed))
        READERS[name].read(path, tmp_path / str(seed))


def test_the_same_case_is_the_same_file(tmp_path: Path) -> None:
    for name in READERS:
        first = damaged_file(name, 3, 7, tmp_path / "a")[0].read_bytes()
        assert damaged_file(name, 3, 7, tmp_path / "b")[0].read_bytes() == first, name


def raises(error: BaseException) -> object:
    def read(path: Path, folder: Path) -> None:
        raise error

    return read


def writes(path: Path, folder: Path) -> None:
    (folder / "left over").write_text("")


@pytest.mark.parametrize(
    ("read", "kind"),
    [
        (raises(ValueError("x")), "traceback"),
        (raises(FsannotError("it did not work")), "sentence"),
        (raises(FsannotError("image.png: it did not work")), "sentence"),
        (raises(FsannotError("image.png: it did not work; \x1b[2J")), "sentence"),
        (raises(FsannotError("image.png: it did not work; draw it again")), "refused"),
        (raises(AssertionError()), "contract"),
        (raises(MemoryError()), "memory"),
        (writes, "written"),
        (lambda path, folder: None, "read"),
    ],
)
def test_every_broken_promise_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: object, kind: str
) -> None:
    good = READERS["image"]
    monkeypatch.setitem(READERS, "image", Reader(good.write, read, good.damages))  # type: ignore[arg-type]
    assert run_case("image", 0, 0, tmp_path / "files", limit_seconds=5.0).kind == kind


def test_slow_readers_are_found(tmp_path: Path) -> None:
    assert run_case("image", 0, 0, tmp_path / "files", limit_seconds=0.0).kind == "slow"


def test_by_the_command_line(tmp_path: Path) -> None:
    chosen = ("only=[results.csv,list of images]", "cases=3", f"hydra.run.dir={tmp_path / 'run'}")
    status, said = call("stress", "readers", *chosen, cache=tmp_path / "cache")
    assert status == 0, said
    assert "| all | 6 |" in said and (tmp_path / "run/cases.csv").is_file()
    for arguments, expected in ((("campaign=x",), "choose of readers"), (("only=[x]",), "choose of photo")):
        status, said = call("stress", *arguments, "cases=1", cache=tmp_path / "cache")
        assert status == 1 and expected in said, said


# -- what the campaign found, each by itself ----------------------------------------------------------------------


def refused(read: object, *arguments: object, error: type[Exception] = ResultsError, path: Path) -> str:
    with pytest.raises(error) as caught:
        read(*arguments)  # type: ignore[operator]
    assert is_sentence(str(caught.value), path), str(caught.value)
    return str(caught.value)


def test_json_nested_without_end(tmp_path: Path) -> None:
    path = tmp_path / "summary.json"
    path.write_text("[" * 100_000)
    refused(read_json, path, path=path)
    path = tmp_path / "trace.jsonl"
    path.write_text('{"step": ' + '{"a":' * 100_000 + "\n")
    refused(lambda: list(read_trace(path)), path=path)
    for value in ("1e999", "NaN"):
        path.write_text(
            f'{{"version": 2, "step": {value}, "action": "Stop", "human_seconds": {value}, "changed": 0}}\n'
        )
        refused(lambda: list(read_trace(path)), path=path)


def test_a_cell_of_a_million_characters(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    path.write_text("a" * 10**6)
    refused(read_results, path, path=path)


def test_references_that_multiply(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    said = refused(parsed_config, _laughs(), path, path=path)
    assert "stand for more than" in said
    refused(parsed_config, "[" * 50_000, path, path=path)
    assert parsed_config("a: &x [1, 2]\nb: *x\n", path) == {"a": [1, 2], "b": [1, 2]}


def _laughs() -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 10)}]" for k in range(1, 10)]
    return "\n".join(lines)


@pytest.mark.parametrize("case", range(6))
def test_a_mask_of_a_thousand_million_pixels(tmp_path: Path, case: int) -> None:
    path = mask_path(tmp_path, "a")
    path.parent.mkdir()
    path.write_bytes(pictures.bomb(np.random.default_rng(case), b"", b""))
    refused(read_mask, tmp_path, "a", path=path)


def test_a_name_no_file_system_takes(tmp_path: Path) -> None:
    path = tmp_path / "val.txt"
    for name in ("a" * 300, "ab/" * 400):
        path.write_text(name)
        refused(read_list, path, error=DatasetError, path=path)


@pytest.mark.parametrize("kind", ["external", "soft", "huge", "text", "virtual"])
def test_arrays_that_are_not_in_the_file(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "hed.h5"
    names = [f"{name}/vars/{k}" for name in keras_names().values() for k in range(2)]
    with h5py.File(path, "w") as file:
        for name in names:
            file[name] = np.ones((1, 1, 1, 1) if name.endswith("0") else 1, np.float32)
    read_keras_weights(path)
    with h5py.File(path, "r+") as file:
        name = names[0]
        del file[name]
        if kind == "external":
            file[name] = h5py.ExternalLink(str(tmp_path / "other.h5"), names[0])
        elif kind == "soft":
            file[name] = h5py.SoftLink(f"/{names[2]}")
        elif kind == "huge":
            file.create_dataset(name, (10**6, 10**6, 1, 1), np.float32, chunks=(1000, 1000, 1, 1))
        elif kind == "text":
            file[name] = "text"
        else:
            layout = h5py.VirtualLayout((1, 1, 1, 1), np.float32)
            layout[0] = h5py.VirtualSource(str(tmp_path / "other.h5"), names[0], (1, 1, 1))
            file.create_virtual_dataset(name, layout)
    refused(read_keras_weights, path, error=CheckpointMismatchError, path=path)


def test_a_damaged_directory_of_a_checkpoint(tmp_path: Path) -> None:
    path = READERS["torch checkpoint"].write(tmp_path, RNG)
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    data[at + 6 : at + 8] = b"\xff\xff"  # a version of ZIP that does not exist
    path.write_bytes(data)
    refused(load_checkpoint, path, error=CheckpointMismatchError, path=path)


def test_counts_of_a_shard_and_classes_of_a_record_are_checked(tmp_path: Path) -> None:
    folder = tmp_path / "shard"
    folder.mkdir()
    READERS["cached features"].write(folder, RNG)
    for wrong in (np.array([5.0, 5, 5]), np.array([-5, 20]), np.array("15")):
        np.save(folder / "0.counts.npy", wrong)
        with pytest.raises(FsannotError, match="delete it and run again"):
            READERS["cached features"].read(folder / "0.npy", folder)
    gallery = tmp_path / "gallery"
    gallery.mkdir()
    READERS["examples of a report"].write(gallery, RNG)
    index = json.loads((gallery / "figures/gallery.json").read_text())
    for wrong_entry in ({"kind": "other"}, {"file": 3}, {"file": "../../x"}):
        changed = {**index, "images": [{**index["images"][0], **wrong_entry}]}
        (gallery / "figures/gallery.json").write_text(json.dumps(changed))
        with pytest.raises(ResultsError, match="run again"):
            READERS["examples of a report"].read(gallery, gallery)
