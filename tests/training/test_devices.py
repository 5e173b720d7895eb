"""Several devices train what one would train on the same views; settings that cannot work are named."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hydra import compose, initialize_config_module
from lightning_fabric.plugins.environments.lightning import find_free_network_port

from fsannot.data.errors import FsannotError, InputError
from fsannot.data.synthetic import Synthetic
from fsannot.training.devices import TrainingDevices
from fsannot.training.edges.data import DatasetMasks, EpochSampler, Share
from fsannot.training.gather import ShareOfImages, gathered
from tests.training.training_process import trained_by_two, trained_edges

ROOT = Path(__file__).parents[2]


def test_two_processes_end_as_one_on_the_same_views(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first is this one; the second has a folder of its own, to show that it writes nothing."""
    torch.set_num_threads(1)
    (tmp_path / "second").mkdir()
    state = tmp_path / "second.pt"
    for name, value in (("MASTER_ADDR", "127.0.0.1"), ("MASTER_PORT", str(find_free_network_port()))):
        monkeypatch.setenv(name, value)
    program = "import sys; from tests.training.training_process import second_process as p; p(*sys.argv[1:])"
    command = [sys.executable, "-c", program, str(tmp_path / "second"), str(state)]
    second = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | {"LOCAL_RANK": "1"}, stdout=subprocess.PIPE, text=True
    )
    assert second.stdout is not None and second.stdout.readline() == "ready\n"
    with monkeypatch.context() as patch:
        patch.setenv("LOCAL_RANK", "0")
        first = trained_by_two(tmp_path / "first")
    torch.distributed.destroy_process_group()
    assert second.wait(timeout=60) == 0

    other = torch.load(state, weights_only=True)
    assert [name for name, tensor in first.items() if not torch.equal(tensor, other[name])] == []
    assert not list((tmp_path / "second").iterdir())
    files = {str(p.relative_to(tmp_path / "first")) for p in (tmp_path / "first").rglob("*") if p.is_file()}
    each = {
        "checkpoints/last.ckpt",
        "log/hparams.yaml",
        "log/metrics.csv",
        "summary.json",
        "weights.safetensors",
    }
    assert files == {f"{name}/{file}" for name in ("edges", "clicks") for file in each} | {
        "edges/figures/epoch_000.png"
    }

    alone = trained_edges(tmp_path / "alone", devices=1, batch_size=4)
    for name, tensor in alone.items():
        torch.testing.assert_close(first[f"edges.{name}"], tensor, rtol=1e-3, atol=1e-5)
    of_two, of_one = (
        json.loads((tmp_path / n / "summary.json").read_text()) for n in ("first/edges", "alone")
    )
    assert of_two["steps"] == of_one["steps"] == 2
    assert of_two["devices"] == 2
    assert of_two["val_f"] == pytest.approx(of_one["val_f"], abs=1e-3)


def test_shares_of_an_epoch_are_together_the_order_of_one_device() -> None:
    shares = [Share(DatasetMasks(Synthetic(images=5, size=(64, 64))), 11)]
    samplers = [EpochSampler(shares, 3, rank=rank, world=3) for rank in range(3)]
    for sampler in samplers:
        sampler.set_epoch(2)
    whole = EpochSampler(shares, 3)
    whole.set_epoch(2)
    assert [len(s) for s in samplers] == [len(list(s)) for s in samplers] == [3, 3, 3]
    together = [view for views in zip(*samplers, strict=True) for view in views]
    assert together == list(whole)[:9]
    with pytest.raises(InputError, match=r"11 views.*12 devices"):
        EpochSampler(shares, 3, world=12)


@pytest.mark.parametrize(("count", "world"), [(5, 1), (5, 2), (2, 4)])
def test_validation_images_are_shared_evenly_and_counted_once(count: int, world: int) -> None:
    shares = [list(ShareOfImages(count, rank=rank, world=world)) for rank in range(world)]
    assert len({len(share) for share in shares}) == 1
    assert {i for share in shares for i in share} == set(range(count))
    assert gathered({2: "c", 0: "a"}) == ["a", "c"]


@pytest.mark.parametrize(
    ("options", "environment", "message"),
    [
        ({"devices": 0}, {}, "devices=0"),
        ({"devices": True}, {}, "devices=True"),
        ({"num_nodes": 0}, {}, "num_nodes=0"),
        ({"strategy": "fsdp"}, {}, "strategy='fsdp'.*auto or ddp"),
        ({"num_nodes": 2}, {}, "num_nodes=2.*torchrun or srun"),
        ({"devices": 2}, {"TORCHELASTIC_RUN_ID": "a", "WORLD_SIZE": "4"}, "devices=2.*2 processes, and 4"),
        ({"devices": 2}, {"SLURM_NTASKS": "1", "SLURM_JOB_NAME": "train"}, "devices=2.*2 processes, and 1"),
        ({"device": "cuda", "devices": 99}, {}, "devices=99.*GPU|no CUDA GPU"),
    ],
)
def test_settings_that_cannot_work_are_named(
    options: dict, environment: dict, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TORCHELASTIC_RUN_ID", "SLURM_NTASKS", "SLURM_JOB_NAME", "NODE_RANK"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(FsannotError, match=message):
        TrainingDevices(**{"device": "cpu"} | options)


def test_more_gpus_than_there_are_and_one_of_several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)  # as on a machine with two
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert TrainingDevices("cuda:1").trainer_options(unused_parameters=False)["devices"] == [1]
    with pytest.raises(FsannotError, match=r"devices=3.*2 GPU"):
        TrainingDevices("cuda", devices=3)
    with pytest.raises(InputError, match=r"device=cuda:1.*CUDA_VISIBLE_DEVICES"):
        TrainingDevices("cuda:1", devices=2)


def test_documented_commands_compose() -> None:
    """The other test trains so; here, that every setting on the page is one there is."""
    page = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
    blocks = "".join(re.findall(r"^```console\n(.*?)^```", page, re.M | re.S)).replace("\\\n", " ")
    commands = [line for line in blocks.splitlines() if "experiments/" in line]
    assert len(commands) == 3
    for command in commands:
        found = re.search(r"experiments/(\w+)\.py (.*)", command)
        assert found
        settings = [o for o in found[2].split() if not o.startswith("hydra.")]
        with initialize_config_module("fsannot.conf", version_base="1.3"):
            cfg = compose(found[1], overrides=settings)
        assert cfg.devices * cfg.num_nodes in (4, 8)
