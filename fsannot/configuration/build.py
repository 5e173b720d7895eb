"""The parts of a run, built from a composed configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import InstantiationException
from omegaconf import DictConfig, OmegaConf

from fsannot.configuration.checking import check_part, resolved
from fsannot.configuration.targets import reason
from fsannot.data.errors import FsannotError, InputError

SETTINGS = (
    "seed",
    "workers",
    "batch_size",
    "constrained",
    "semi_supervised",
    "first_images",
    "batch_images",
    "chosen_on",
)
PARTS = [
    "dataset",
    "edges",
    "hierarchy",
    "features",
    "projection",
    "local_projection",
    "metric",
    "robot",
    "clock",
    "perception",
    "motor",
    "finishing",
    "loggers",
]


def build(cfg: Any, key: str) -> Any:
    """Build one part of the configuration, after checking its arguments.

    Args:
        cfg: composed configuration.
        key: of the part, dotted where it lies deeper, such as ``dataset`` or ``logger.csv``.

    Returns:
        an object of the class that ``<key>._target_`` names.

    Raises:
        InputError: there is no such class, an argument it does not have, or a value of the wrong type; names the key.
        FsannotError: raised by the part itself.

    Examples:
        >>> cfg = OmegaConf.create(
        ...     {"dataset": {"_target_": "fsannot.data.synthetic.Synthetic", "images": 3, "size": [64, 96]}}
        ... )
        >>> len(build(cfg, "dataset"))
        3
    """
    node = OmegaConf.select(cfg, key)
    check_part(resolved(node), key)
    try:
        return hydra.utils.instantiate(node, _convert_="all")
    except InstantiationException as error:
        cause = error.__cause__
        while cause is not None and not isinstance(cause, FsannotError):
            cause = cause.__cause__
        if cause is not None:
            raise cause from None
        raise InputError(f"{key}: {reason(error.__cause__ or error)}") from error


def instantiate_parts(cfg: DictConfig, folder: Path | None = None) -> dict[str, Any]:
    """Build all arguments of ``run_annotation``.

    Args:
        cfg: composed configuration of the program ``annotate``.
        folder: run directory; None takes Hydra's.

    Returns:
        arguments by name.

    Raises:
        InputError: see ``build``.
    """
    settings = {name: cfg[name] for name in SETTINGS}
    parts: dict[str, Any] = {name: build(cfg, name) for name in PARTS if name != "loggers"}
    loggers = [build(cfg, f"logger.{name}") for name in cfg.logger]
    folder = folder or Path(HydraConfig.get().runtime.output_dir)
    config = OmegaConf.to_container(cfg, resolve=True)
    return {
        **settings,
        **parts,
        "loggers": loggers,
        "config": config,
        "folder": folder,
        "cache": Path(cfg.cache),
    }
