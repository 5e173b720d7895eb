"""The start of a run directory: it is made, and ``config.yaml`` in it describes the run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from fsannot.arguments import described
from fsannot.data.errors import InputError
from fsannot.evaluation.rows import write_atomically

CONFIG = "config.yaml"
FROM_PYTHON = (
    "# Not composed by Hydra: this run was started from Python, with parts of these classes and arguments.\n"
)


def begin_run(
    folder: Path, config: Mapping[str, Any] | None, parts: Mapping[str, object]
) -> Mapping[str, Any]:
    """Make a run directory and write its ``config.yaml``; a summary of an earlier run in it is removed.

    Args:
        folder: run directory; made when missing.
        config: the composed configuration, as plain values; None where there is none. Then the file begins
            with a comment that says so, and describes the parts.
        parts: arguments the run was started with, by name.

    Returns:
        the configuration that was written, for loggers.

    Raises:
        InputError: the directory cannot be made, or a file is in its place.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"folder={folder}: {error.strerror}; name a directory that can be made") from error
    (folder / "summary.json").unlink(
        missing_ok=True
    )  # what is in the directory is no finished run from here on
    written = described(parts) if config is None else config
    text = config_text(written) if config is not None else FROM_PYTHON + config_text(written)
    write_atomically(folder / CONFIG, text.encode())
    return written


def check_begun(folder: Path) -> None:
    """Refuse a run directory that could not be read at the end of the run.

    Args:
        folder: run directory.

    Raises:
        InputError: it has no ``config.yaml``.
    """
    if not (folder / CONFIG).is_file():
        raise InputError(
            f"{folder}: has no {CONFIG}, so that no report could read the run; "
            "call fsannot.runs.run_folder.begin_run first, as run_annotation and run_click_baseline do"
        )


def config_text(config: Mapping[str, Any] | DictConfig) -> str:
    """Text of ``config.yaml``, with interpolations resolved.

    Args:
        config: of the run.

    Returns:
        YAML.
    """
    plain = OmegaConf.to_container(config, resolve=True) if isinstance(config, DictConfig) else dict(config)
    return OmegaConf.to_yaml(OmegaConf.create(plain))
