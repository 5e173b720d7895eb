"""Very small trainings by the training programs, run as one of two processes or alone."""

from __future__ import annotations

from pathlib import Path

import torch
from hydra import compose, initialize_config_module
from torch import Tensor, nn

from fsannot.edges.poolnet_network import PoolNetNetwork, initialise_head
from fsannot.programs import train_clicks, train_edges
from fsannot.training.clicks.start import timm_start

NETWORKS: list[nn.Module] = []
"""Those that were made, last one last: programs do not return theirs."""
QUICK = ("device=cpu", "precision=fp32")


def edge_network() -> PoolNetNetwork:
    """Without BatchNorm in its head, which would look at each process's views apart."""
    torch.manual_seed(0)  # of the trunk, which has no trained weights here
    network = PoolNetNetwork(backbone="test_resnet", widths=(4, 8, 8, 8, 8), side_width=4)
    initialise_head(network, torch.Generator().manual_seed(0))
    NETWORKS.append(network)
    return network


def click_network() -> nn.Module:
    """With BatchNorm in its head."""
    network = timm_start(backbone="test_resnet", width=8, backbone_weights="random", seed=0)
    NETWORKS.append(network)
    return network


def trained_edges(folder: Path, *, devices: int, batch_size: int) -> dict[str, Tensor]:
    """State of an edge network after an epoch of eight views."""
    settings = (
        "edge_training=quick", "edge_training.epochs=1", "edge_training.data.augmentation.crop=64",
        "edge_training.data.saliency=[]",  # so that a part of the network has no gradient
        f"edge_training.data.batch_size={batch_size}", "validation_score=quick", "grid_images=1",
        f"devices={devices}",
    )  # fmt: skip
    with initialize_config_module("fsannot.conf", version_base="1.3"):
        cfg = compose("train_edges", overrides=[*QUICK, *settings])
    cfg.edge_network = {"_target_": f"{__name__}.edge_network"}
    train_edges.train(cfg, folder)
    return _state()


def trained_clicks(folder: Path, *, devices: int) -> dict[str, Tensor]:
    """State of a click network after an epoch of eight views."""
    settings = (
        "click_training=quick", "click_training.epochs=1", "click_training.data.augmentation.crop=64",
        "click_training.data.batch_size=2", f"devices={devices}",
    )  # fmt: skip
    with initialize_config_module("fsannot.conf", version_base="1.3"):
        cfg = compose("train_clicks", overrides=[*QUICK, *settings])
    cfg.click_network = {"_target_": f"{__name__}.click_network"}
    train_clicks.train(cfg, folder)
    return _state()


def trained_by_two(folder: Path) -> dict[str, Tensor]:
    """Both, as one of two processes: ``LOCAL_RANK`` says which."""
    edges = trained_edges(folder / "edges", devices=2, batch_size=2)
    clicks = trained_clicks(folder / "clicks", devices=2)
    return {f"edges.{k}": v for k, v in edges.items()} | {f"clicks.{k}": v for k, v in clicks.items()}


def second_process(folder: str, state: str) -> None:
    """What the other process of the test does; it says when it has imported everything."""
    torch.set_num_threads(1)
    print("ready", flush=True)  # noqa: T201
    torch.save(trained_by_two(Path(folder)), state)


def _state() -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in NETWORKS[-1].state_dict().items()}
