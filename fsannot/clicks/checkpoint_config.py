"""The config of a published checkpoint, compared with the network it is loaded into.

RITM and SimpleClick keep ``config = {class, params: {name: {type, value, specified}}}`` beside the tensors. Some of
these arguments, such as the click maps, change the answer without a trace in the tensors' names and shapes; others
only matter in training. No argument is silently ignored: each is used, known to have no effect, or refused.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from fsannot.data.errors import CheckpointMismatchError
from fsannot.networks.images import IMAGENET, Normalization

NORMALIZATION = "norm_mean_std"


@dataclass(frozen=True)
class ConfigRules:
    """The arguments of a published network that this implementation supports.

    Attributes:
        fixed: argument → the values that describe this network.
        free: arguments that do not change the answer, or whose effect shows in the tensors' names and shapes, which
            are compared when they are loaded.
        nested: argument that is itself a mapping of arguments → its own rules. All arguments in it count as given.
    """

    fixed: Mapping[str, tuple[object, ...]]
    free: frozenset[str]
    nested: Mapping[str, ConfigRules] = field(default_factory=dict)


def check_config(content: object, rules: ConfigRules, *, source: str) -> None:
    """Compare a file's config with this network. Files without a config pass.

    An argument that the rules do not know passes where it has its default value, as in the published reader, which
    ignores defaults of older code. With any other value it is refused.

    Args:
        content: of the checkpoint.
        rules: what this network supports.
        source: the file, for messages.

    Raises:
        CheckpointMismatchError: an argument that is not supported; names it and its value.
    """
    for name, entry in _params(content).items():
        value = entry.get("value") if isinstance(entry, Mapping) else entry
        given = not isinstance(entry, Mapping) or entry.get("specified") is not False
        if name == NORMALIZATION:
            continue  # see ``config_normalization``
        if isinstance(name, str) and name in rules.nested and isinstance(value, Mapping):
            for key, inner in value.items():
                _check(key, inner, rules.nested[name], given=True, within=f"{name}.", source=source)
        else:
            _check(name, value, rules, given=given, within="", source=source)


def _check(name: object, value: object, rules: ConfigRules, *, given: bool, within: str, source: str) -> None:
    if name in rules.free or name in rules.nested:
        return
    said = f"{source}: its config says {within}{name}={value!r:.100}"
    if name in rules.fixed:
        valid = rules.fixed[str(name)]
        if not any(_same(value, one) for one in valid):
            raise CheckpointMismatchError(
                f"{said}, which changes what the network answers; this model has "
                f"{' or '.join(map(repr, valid))}. Is it the right file for this model?"
            )
    elif given:
        raise CheckpointMismatchError(
            f"{said}, an argument that this model does not know, so that it might answer otherwise than the network "
            "that was trained. Is it the right file for this model?"
        )


def config_normalization(content: object, *, source: str) -> Normalization:
    """How the file's network normalises the image; ImageNet's values where the config does not say.

    Args:
        content: of the checkpoint.
        source: the file, for messages.

    Returns:
        mean and standard deviation of each channel.

    Raises:
        CheckpointMismatchError: they are not two lists of three finite numbers, or a deviation is not above 0.
    """
    params = _params(content)
    if NORMALIZATION not in params:
        return IMAGENET
    entry = params[NORMALIZATION]
    value = entry.get("value") if isinstance(entry, Mapping) else entry
    if isinstance(value, list | tuple) and len(value) == 2:
        mean, std = (_three(part) for part in value)
        if mean is not None and std is not None and min(std) > 0:
            return Normalization(mean=mean, std=std)
    raise CheckpointMismatchError(
        f"{source}: its config says {NORMALIZATION}={value!r:.100}; valid are two lists of three finite numbers, means "
        "and standard deviations above 0 of red, green and blue in [0, 1]. Get the file from where it is published"
    )


def _three(value: object) -> tuple[float, float, float] | None:
    if not isinstance(value, list | tuple) or len(value) != 3:
        return None
    if any(isinstance(v, bool) or not isinstance(v, int | float) or not math.isfinite(v) for v in value):
        return None
    red, green, blue = map(float, value)
    return red, green, blue


def _params(content: object) -> Mapping[object, object]:
    config = content.get("config") if isinstance(content, Mapping) else None
    params = config.get("params") if isinstance(config, Mapping) else None
    return params if isinstance(params, Mapping) else {}


def _same(found: object, valid: object) -> bool:
    """Equal plain values; a list is a tuple, and 1 is not True."""
    if isinstance(found, list | tuple) and isinstance(valid, list | tuple):
        return len(found) == len(valid) and all(map(_same, found, valid))
    if isinstance(found, dict) and isinstance(valid, dict):
        return found.keys() == valid.keys() and all(_same(found[key], valid[key]) for key in valid)
    if found is None or isinstance(found, bool) or isinstance(valid, bool):
        return found is valid
    return isinstance(found, str | int | float) and found == valid
