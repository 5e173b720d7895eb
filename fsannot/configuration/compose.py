"""Parts built by the words of the command line, outside of a Hydra program and inside of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import hydra
import numpy as np
from hydra import version
from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig, OmegaConf

from fsannot.configuration.build import build
from fsannot.configuration.checking import choices_of
from fsannot.configuration.refusals import compose
from fsannot.configuration.value_types import shown
from fsannot.data.errors import InputError

GROUPS = {"local_projection": "projection@local_projection"}
"""Groups that the command line names otherwise than the configuration names their part."""


def build_part(
    group: str,
    choice: str | None,
    settings: Mapping[str, Any],
    *,
    shared: Mapping[str, Any] | None = None,
    program: str = "annotate",
) -> Any:
    """Build one part as a program does for ``<group>=<choice> <group>.<setting>=<value> …``.

    Args:
        group: a group of ``conf/``, such as ``"edges"``.
        choice: a file of the group, without its ending; None for the program's default.
        settings: of the part, by name; dotted names and mappings reach the parts in it.
        shared: settings of the program that parts refer to (``seed``, ``device``, ``data_root``); None leaves
            the program's default.
        program: whose configuration has the group.

    Raises:
        InputError: there is no such choice or setting, or a value of the wrong type; names the key as on the
            command line.
        FsannotError: whatever the part itself has to say.

    Example:
        >>> build_part("hierarchy", "area", {"threshold": 30.0}).threshold
        30.0
    """
    if choice is not None and not isinstance(choice, str):
        raise InputError(f"{group}={shown(choice)}: a name is needed{choices_of(group)}")
    chosen = f"{GROUPS.get(group, group)}={choice}"
    cfg = composed(program, [] if choice is None else [chosen])
    for name, value in (shared or {}).items():
        if value is not None:
            cfg[name] = _plain(value, name)
    OmegaConf.set_struct(cfg, False)
    for name, value in settings.items():
        key = f"{group}.{name}"
        plain = _plain(value, key)
        OmegaConf.update(cfg, key, plain, merge=not (isinstance(plain, dict) and "_target_" in plain))
    return build(cfg, group)


def composed(program: str, overrides: Sequence[str] = ()) -> DictConfig:
    """A program's packaged configuration.

    Args:
        program: name of a file in ``conf/``, without its ending.
        overrides: as on the command line.

    Raises:
        InputError: what Hydra has against the overrides.
    """
    with _hydra_of_our_own():
        return compose(program, overrides)


@contextmanager
def _hydra_of_our_own() -> Iterator[None]:
    """Hydra initialised with ``conf/``; that of a running program is put back afterwards."""
    running, base = GlobalHydra.instance().hydra, version.getbase()
    GlobalHydra.instance().clear()
    try:
        with hydra.initialize_config_module("fsannot.conf", version_base="1.3"):
            yield
    finally:
        GlobalHydra.instance().hydra = running
        version.VersionBase.instance().version_base = base


def _plain(value: Any, key: str) -> Any:
    """A value as YAML has it.

    Raises:
        InputError: there is no such value in YAML.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(item, f"{key}.{name}") for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, f"{key}.{index}") for index, item in enumerate(value)]
    raise InputError(
        f"{key}: a {type(value).__name__} cannot be written in a configuration; give numbers, texts, lists or "
        "mappings, or make the part by its class"
    )
