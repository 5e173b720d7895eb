"""Hydra's errors about a command line, as sentences that say what to do.

Hydra answers an unknown key with "to append to your config use +key"; a key added that way is read by nothing.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import (
    ConfigCompositionException,
    HydraException,
    MissingConfigException,
    OverrideParseException,
)
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from fsannot.configuration.checking import arguments, group_choices, said_by_omegaconf, unknown_key
from fsannot.configuration.targets import locate
from fsannot.configuration.value_types import shown
from fsannot.data.errors import FsannotError, InputError

EXTRAS = {"hydra/sweeper": "sweep", "hydra/launcher": "sweep", "hydra/sweeper/sampler": "sweep"}
"""Groups whose choices may come with an extra of fsannot."""
REFUSALS = (HydraException, OmegaConfBaseException, FsannotError, ValueError)
"""What composing a configuration may end in. Hydra raises ``ValueError`` for a group that is set to null."""
RAISES = "HYDRA_FULL_ERROR"
"""Environment variable with which Hydra raises what it else prints."""


@contextmanager
def hydra_raises() -> Iterator[None]:
    """Let Hydra raise errors in the block instead of printing them, in this process."""
    before = os.environ.get(RAISES)
    os.environ[RAISES] = "1"
    try:
        yield
    finally:
        restore(before)


def restore(before: str | None) -> None:
    """Set :data:`RAISES` back to the value ``before``, or remove it where that is None."""
    os.environ.pop(RAISES, None)
    if before is not None:
        os.environ[RAISES] = before


def compose(config: str, overrides: Sequence[str]) -> DictConfig:
    """``hydra.compose``, with errors as sentences.

    Args:
        config: name of the program's configuration.
        overrides: of the command line, such as ``seed=1``.

    Returns:
        the composed configuration.

    Raises:
        InputError: an override is not valid, see :func:`refusal`.
    """
    try:
        return hydra.compose(config, overrides=list(overrides))
    except (HydraException, OmegaConfBaseException) as error:
        raise InputError(refusal(error, config, overrides)) from error


def refusal(error: BaseException, config: str, overrides: Sequence[str]) -> str:
    """The sentence for an error that Hydra raised while it composed a configuration.

    Args:
        error: as raised.
        config: name of the program's configuration.
        overrides: of the command line, without options.

    Returns:
        names the key, its value, what is valid and the remedy.

    Raises:
        ValueError: ``error`` itself, where it is not about the configuration.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, FsannotError):
            return str(cause)
        cause = cause.__cause__
    said = " ".join(str(error).split())
    if isinstance(error, MissingConfigException) and error.missing_cfg_file:
        return _missing_choice(error, said)
    if isinstance(error, ConfigCompositionException):
        if "'hydra" in said:
            return re.sub(r" To append to your config use \S+", "", said)
        if found := re.match(r"Could not (?:override|delete from config\.|delete) '([^']+)'", said):
            return _unknown(found[1], config, overrides)
        if found := re.match(r"Could not append to config. An item is already at '([^']+)'", said):
            return f"{found[1]} is a setting of {config}.py already: write it without +"
    if isinstance(error.__cause__, OmegaConfBaseException):
        said += f": {said_by_omegaconf(error.__cause__)}"
    if isinstance(error, OmegaConfBaseException):
        return f"{error.full_key}: {said_by_omegaconf(error)}"
    if isinstance(error, OverrideParseException):
        return f"{error.override}: this cannot be read as key=value: {said.split(' See http')[0]}"
    if isinstance(error, HydraException):
        return said
    for override in OverridesParser.create().parse_overrides(list(overrides)):  # Hydra names none
        key, choices = override.key_or_group, group_choices(override.key_or_group)
        if choices and not override.is_sweep_override() and not isinstance(override.value(), str | list):
            return f"{key}={shown(override.value())}: a name is needed; choose {key}={'|'.join(choices)}"
    raise error


def _missing_choice(error: MissingConfigException, said: str) -> str:
    group, _, name = str(error.missing_cfg_file).rpartition("/")
    options = sorted(error.options or group_choices(group))
    if not group or not options:
        return said
    close = difflib.get_close_matches(name, options, n=2, cutoff=0.6)
    found = f"{group}={name}: there is no such choice; "
    if close:
        found += f"did you mean {' or '.join(close)}? "
    found += f"{group} is one of {', '.join(options)}"
    if group in EXTRAS:
        found += f"; others come with pip install '.[{EXTRAS[group]}]' in fsannot's checkout"
    return found


def _unknown(key: str, config: str, overrides: Sequence[str]) -> str:
    """The sentence for a key that is not in a program's configuration."""
    parsed = OverridesParser.create().parse_overrides(list(overrides))
    given = next((o for o in parsed if o.key_or_group == key), None)
    value = given.value() if given is not None and not given.is_sweep_override() else "…"
    known: Any = _known(config, [o for o in parsed if o.key_or_group != key])
    path, owner = "", f"{config}.py"
    *parents, last = key.split(".")
    for name in parents:
        if not isinstance(known, Mapping) or name not in known:
            at = f"{path}{name}"
            return unknown_key(at, "…", list(known) if isinstance(known, Mapping) else [], owner)
        known, path = known[name], f"{path}{name}."
        owner = path.rstrip(".")
    names = (
        [str(name) for name in known if not str(name).startswith("_")] if isinstance(known, Mapping) else []
    )
    if isinstance(known, Mapping) and "_target_" in known:
        target = locate(known["_target_"], path.rstrip("."))
        names += [name for name in arguments(target) if name not in names]
        owner += f" ({target.__qualname__})"
    if last in names:
        written = f"{key}={shown(value)}"
        return f"{written}: {path.rstrip('.')} takes it, but its file does not list it; write +{written}"
    return unknown_key(key, value, names, owner)


def _known(config: str, others: Sequence[Override]) -> Any:
    """Keys of a program's configuration, with as many of the other overrides as it takes."""
    if GlobalHydra.instance().is_initialized():
        return _composed(config, others)
    with hydra.initialize_config_module("fsannot.conf", version_base="1.3"):
        return _composed(config, others)


def _composed(config: str, others: Sequence[Override]) -> Any:
    wanted = [o for o in others if not o.is_sweep_override()]
    wanted = [
        o for o in wanted if o.key_or_group == "hydra.searchpath" or not o.key_or_group.startswith("hydra")
    ]
    lines = [o.input_line or "" for o in wanted]
    for kept in (lines, [line for line in lines if "." not in line.split("=")[0]], []):
        try:
            return OmegaConf.to_container(hydra.compose(config, overrides=kept), resolve=False)
        except HydraException:
            continue
    raise InputError(f"{config}: its configuration cannot be composed")
