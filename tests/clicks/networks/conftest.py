"""The published networks as their fixtures describe them: tensor names and shapes, a rule for the values."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from fsannot.clicks.predictors.simpleclick import VARIANTS, SimpleClickPredictor
from fsannot.networks.simpleclick import SimpleClickNetwork

PARITY = Path(__file__).parents[2] / "fixtures" / "parity"


def generated_tensor(name: str, shape: tuple[int, ...], gain: float) -> Tensor:
    """The value the fixtures' rule gives a tensor of that name."""
    if name.endswith("num_batches_tracked"):
        return torch.zeros(shape, dtype=torch.int64)
    x = np.random.default_rng(zlib.crc32(name.encode())).standard_normal(shape).astype(np.float32)
    if name.endswith("running_var"):
        x = 1 + 0.1 * np.abs(x)
    elif name.endswith(("running_mean", "bias")):
        x = 0.1 * x
    elif len(shape) >= 2:
        x = x * np.float32(math.sqrt(gain / math.prod(shape[1:])))
    else:
        x = 1 + 0.1 * x
    return torch.from_numpy(x)


def generated_state(model: str) -> dict[str, Tensor]:
    """The state dict of a fixture."""
    described = json.loads((PARITY / f"{model}.json").read_text())
    return {n: generated_tensor(n, tuple(s), described["gain"]) for n, s in described["tensors"]}


@pytest.fixture(scope="session")
def states() -> Callable[[str], dict[str, Tensor]]:
    return generated_state


@pytest.fixture(scope="session")
def ritm_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint as RITM publishes them."""
    path = tmp_path_factory.mktemp("ritm") / "coco_lvis_h18_itermask.pth"
    torch.save({"state_dict": generated_state("ritm_hrnet18"), "config": ritm_config()}, path)
    return path


def ritm_config(**changed: object) -> dict[str, Any]:
    """What RITM's ``serialize`` writes for ``models/iter_mask/hrnet18_cocolvis_itermask_3p.py``, with changes."""
    given = {
        "width": 18,
        "ocr_width": 64,
        "with_aux_output": True,
        "use_leaky_relu": True,
        "use_rgb_conv": False,
        "use_disks": True,
        "norm_radius": 5,
        "with_prev_mask": True,
    }
    defaults = {
        "small": False,
        "backbone_lr_mult": 0.1,
        "norm_layer": "torch.nn.modules.batchnorm.BatchNorm2d",
        "cpu_dist_maps": False,
        "clicks_groups": None,
        "binary_prev_mask": False,
        "conv_extend": False,
        "norm_mean_std": ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    }
    params = {
        name: {
            "type": "class" if name == "norm_layer" else "builtin",
            "value": value,
            "specified": name in given or name in changed,
        }
        for name, value in (given | defaults | changed).items()
    }
    return {"class": "isegm.model.is_hrnet_model.HRNetModel", "params": params}


@pytest.fixture(scope="session")
def tiny_simpleclick() -> Callable[..., SimpleClickPredictor]:
    """Writes a checkpoint for timm's smallest vision transformer and opens it with SimpleClick's own loader."""

    def build(
        file: Path, *, config: object = None, save: Callable[[object, Path], None] = torch.save
    ) -> SimpleClickPredictor:
        variant = ("vit_tiny_patch16_224", (8, 16, 32, 64))
        own = SimpleClickNetwork(backbone=variant[0], pyramid=variant[1]).state_dict()
        state = {name: generated_tensor(name, tuple(t.shape), 1.0) for name, t in own.items()}
        save(state if config is None else {"state_dict": state, "config": config}, file)
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(VARIANTS, "base", variant)  # type: ignore[misc]
            return SimpleClickPredictor(weights=file, crop_side=224, flip=False, device="cpu")

    return build
