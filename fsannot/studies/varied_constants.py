"""Variations of the human model: one constant times one factor, everything else as it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from omegaconf import DictConfig, ListConfig

from fsannot.configuration.compose import composed
from fsannot.data.errors import InputError

GROUPS = ("clock", "perception", "motor")
"""Groups of the configuration that hold the constants of the human model."""
WITHIN_ONE = (
    "error_large", "error_small", "mixed_share", "alike", "highest", "hover", "opened", "shared", "visible_mixture",
)  # fmt: skip
"""Constants that are shares or probabilities: what would exceed 1 is 1."""


@dataclass(frozen=True)
class Variant:
    """One constant times one factor.

    Attributes:
        constant: its key, such as ``clock.look``; empty for the model as it is.
        factor: 1 for the model as it is.
        overrides: of ``annotate.py``.
    """

    constant: str
    factor: float
    overrides: tuple[str, ...]

    @property
    def folder(self) -> str:
        """Name of a run directory."""
        return re.sub(r"[^a-z0-9]+", "_", f"{self.constant or 'as it is'} {self.factor:g}".lower())


def variants(
    common: Sequence[str], constants: Sequence[str] | None, factors: Sequence[float]
) -> list[Variant]:
    """The model as it is, and each constant times each factor.

    Args:
        common: overrides of ``annotate.py`` that all runs share.
        constants: keys such as ``clock.look``; None = every number of clock, perception and motor that is not 0.
        factors: > 0.

    Returns:
        the model as it is first.

    Raises:
        InputError: a key that is no constant of the human model.
    """
    cfg = composed("annotate", common)
    values = {
        f"{group}.{key}": value
        for group in GROUPS
        for key, value in cfg[group].items()
        if _is_constant(value) and key not in ("neighbors", "share_steps", "factor")
    }
    for name in constants or ():
        if name not in values:
            raise InputError(f"constants: {name!r} is none of {', '.join(values)}")
    found = [Variant("", 1.0, ())]
    for name in constants if constants is not None else values:
        found += [
            Variant(name, factor, (f"{name}={_times(name, values[name], factor)}",)) for factor in factors
        ]
    return found


def _is_constant(value: object) -> bool:
    if isinstance(value, ListConfig):
        return all(_is_constant(v) for v in value)
    return isinstance(value, int | float) and not isinstance(value, bool | DictConfig) and value != 0


def _times(name: str, value: object, factor: float) -> str:
    if isinstance(value, ListConfig):
        return "[" + ",".join(f"{v * factor:.6g}" for v in value) + "]"
    product = float(value) * factor  # type: ignore[arg-type]
    if name.split(".")[1] in WITHIN_ONE:
        product = min(product, 1.0)
    if name.split(".")[1] in ("dim", "mixed_factor"):
        product = max(product, 1.0)
    return f"{product:.6g}"
