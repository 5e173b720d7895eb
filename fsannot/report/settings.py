"""What a run was told: by its ``config.yaml``, compared with the defaults of its program and with other runs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from fsannot.data.errors import ResultsError
from fsannot.runs.config_text import parsed_config
from fsannot.runs.directory import RunDirectory
from fsannot.runs.older_versions import current_choices, current_config

PROGRAMS = {"robot": "annotate", "baseline": "clicks"}
"""The part that labels → the program, whose primary config has the same name."""
OF_THE_MACHINE = (
    "cache",
    "data_root",
    "workers",
    "device",
    "batch_size",
    "logger",
    "trials",
    "repeats",
    "price_per_second",
    "chosen_on",
)
"""Settings without influence on a run's masks and human seconds, or on nothing but a search."""
PRESETS = ("experiment", "search", "logger", "human_model")
"""Groups that are no part of a run."""
INTERPOLATION = re.compile(r"\$\{([\w.]+)\}")
ABSENT = object()


@dataclass(frozen=True, eq=False)
class RunSettings:
    """Settings of a run that have an influence on its results.

    Attributes:
        program: ``"annotate"`` or ``"clicks"``; empty where ``config.yaml`` does not say.
        values: dotted key → value; of a part, its choice of ``conf/`` where the run noted it, else its class.
        defaults: the same of the program without overrides, with the options of the parts that were chosen.
        repeated: options that only take over another setting, such as the seed of a part.
    """

    program: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    repeated: frozenset[str] = frozenset()

    def unusual(self) -> list[str]:
        """Every setting that is not the default.

        Returns:
            ``key=value (default)`` each; without the default where it is not known.
        """
        found = []
        for key, value in self.values.items():
            if key in self.repeated or key == "dataset" or not self.program:
                continue
            if (default := self.defaults.get(key, ABSENT)) != value:
                found.append(f"{key}={typed(value)}" + ("" if default is ABSENT else f" ({typed(default)})"))
        return found


def read_settings(run: RunDirectory) -> RunSettings:
    """Settings of a run directory.

    Args:
        run: the run, of this version or version 0.1.

    Returns:
        its settings, with today's keys and classes.

    Raises:
        ResultsError: ``config.yaml`` is not YAML; names the file.
    """
    config = parsed_config(run.config, run.path / "config.yaml") or {}
    if not isinstance(config, dict):
        raise ResultsError(
            f"{run.path / 'config.yaml'}: must hold settings, got {type(config).__name__}; run again"
        )
    config = current_config(config)
    program = next((program for part, program in PROGRAMS.items() if part in config), "")
    choices = _choices(run.path, config)
    values = {"seed": run.summary.seed, **_flat(config, {_part(g): c for g, c in choices.items()})}
    if not program:
        return RunSettings("", values)
    base = defaults_of(program)
    noted = choices or _inferred(config, base)
    own = defaults_of(
        program, tuple(f"{g}={c}" for g, c in sorted(noted.items()) if base.choices.get(g) != c)
    )
    repeated = {key for key, other in own.repeated.items() if _at(config, key) == _at(config, other)}
    names = {_part(group): choice for group, choice in base.choices.items()} if choices else {}
    usual = _flat(base.values, names)
    defaults = {**_flat(own.values, {}), **{key: usual[key] for key in usual if key in _parts(base)}}
    return RunSettings(program, values, defaults, frozenset(repeated))


def labels(runs: Sequence[RunDirectory], settings: Sequence[RunSettings]) -> list[str]:
    """What differs between runs, e.g. ``robot=expert, seed=1``; the method where nothing does.

    An option is compared among runs that share its part: it says nothing beside a run that has another.
    Runs of different datasets are compared in everything but the dataset. Runs that are still called alike have
    the ends of their folders' names after it.

    Args:
        runs: of one page.
        settings: of each run.

    Returns:
        one name a run.
    """
    names: list[list[str]] = [[] for _ in runs]
    methods = {(s.program, run.summary.method) for run, s in zip(runs, settings, strict=True)}
    if len(methods) > 1:
        for name, run, own in zip(names, runs, settings, strict=True):
            part = next((part for part, program in PROGRAMS.items() if program == own.program), "")
            name.append(f"{part}={run.summary.method}" if part else run.summary.method)
    for key in dict.fromkeys(key for own in settings for key in own.values):
        if (
            key in PROGRAMS
            or key == "dataset"
            or all(key in own.repeated for own in settings if key in own.values)
        ):
            continue
        peers: dict[tuple[object, ...], list[int]] = {}
        for index, (run, own) in enumerate(zip(runs, settings, strict=True)):
            above = [typed(own.values.get(part, "")) for part in _above(key)]
            of_data = run.summary.dataset if key.startswith("dataset.") else ""
            of_method = run.summary.method if _above(key)[:1] in (["robot"], ["baseline"]) else ""
            peers.setdefault((own.program, of_data, of_method, *above), []).append(index)
        for indices in peers.values():
            shown = [typed(settings[i].values[key]) if key in settings[i].values else "–" for i in indices]
            if len(set(shown)) > 1:
                for index, text in zip(indices, shown, strict=True):
                    names[index].append(f"{key}={text}")
    whole = [", ".join(name) or run.summary.method for name, run in zip(names, runs, strict=True)]
    keys = [(run.summary.dataset, name) for run, name in zip(runs, whole, strict=True)]
    ends = _ends([run.path for run in runs])
    return [
        f"{name}, {end}" if keys.count(key) > 1 else name
        for name, key, end in zip(whole, keys, ends, strict=True)
    ]


def typed(value: object) -> str:
    """A value as it is typed on a command line.

    Args:
        value: of a setting.

    Returns:
        its text.

    >>> typed(True), typed(None), typed([0.5, "a"])
    ('true', 'null', '[0.5,a]')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        return f"[{','.join(map(typed, value))}]"
    return str(value)


def _flat(config: Mapping[str, Any], choices: Mapping[str, str], path: str = "") -> dict[str, Any]:
    """Settings by dotted key, parts by their choice or class; lists whole."""
    found: dict[str, Any] = {}
    for key, value in config.items():
        name = f"{path}.{key}" if path else str(key)
        if name in OF_THE_MACHINE or str(key).startswith("_") or key in ("device", "root"):
            continue
        if isinstance(value, dict):
            if "_target_" in value:
                found[name] = choices.get(name, str(value["_target_"]).rpartition(".")[2])
            found |= _flat(value, choices, name)
        else:
            found[name] = value
    return found


@dataclass(frozen=True, eq=False)
class Defaults:
    """What a program does by default.

    Attributes:
        values: its configuration.
        repeated: options that take over another setting → that setting.
        choices: chosen file of every group of ``conf/``.
    """

    values: dict[str, Any]
    repeated: dict[str, str]
    choices: dict[str, str]


@lru_cache(maxsize=64)
def defaults_of(program: str, chosen: tuple[str, ...] = ()) -> Defaults:
    """Defaults of a program.

    Args:
        program: ``"annotate"`` or ``"clicks"``.
        chosen: ``group=file`` each; left out where one of the files is not in ``conf/``.

    Returns:
        its configuration without other overrides.
    """
    from hydra import compose, initialize_config_module
    from hydra.core.global_hydra import GlobalHydra
    from hydra.core.singleton import Singleton
    from hydra.errors import HydraException
    from omegaconf import OmegaConf, open_dict
    from omegaconf.errors import OmegaConfBaseException

    state = Singleton.get_state()  # of the program that asks
    GlobalHydra.instance().clear()
    try:
        with initialize_config_module("fsannot.conf", version_base="1.3"):
            cfg = compose(program, overrides=list(chosen), return_hydra_config=True)
        choices = _named(OmegaConf.to_container(cfg.hydra.runtime.choices), {})
        with open_dict(cfg):
            del cfg["hydra"], cfg["logger"]
        raw: Any = OmegaConf.to_container(cfg)
        values: Any = OmegaConf.to_container(cfg, resolve=True)
    except (HydraException, OmegaConfBaseException):
        if not chosen:
            raise
        return defaults_of(program)
    finally:
        Singleton.set_state(state)
    whole = {key: INTERPOLATION.fullmatch(v) for key, v in _leaves(raw).items() if isinstance(v, str)}
    return Defaults(values, {key: found[1] for key, found in whole.items() if found}, choices)


def _choices(folder: Path, config: Mapping[str, Any]) -> dict[str, str]:
    """Files of ``conf/`` that were chosen, by group, as Hydra noted them; empty for a run without Hydra."""
    noted = folder / ".hydra" / "hydra.yaml"
    if not noted.is_file():
        return {}
    try:
        text = noted.read_text(encoding="utf-8")
        return _named(parsed_config(text, noted)["hydra"]["runtime"]["choices"], config)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ResultsError(f"{noted}: not the settings of a job ({error}); run again") from error


def _named(choices: Any, config: Mapping[str, Any]) -> dict[str, str]:
    """Of Hydra's record of choices, those that are one file of a group of a program's own."""
    own = {
        group: choice
        for group, choice in choices.items()
        if not group.startswith("hydra/") and isinstance(choice, str)
    }
    return {group: choice for group, choice in current_choices(own, config).items() if group not in PRESETS}


def _inferred(config: Mapping[str, Any], base: Defaults) -> dict[str, str]:
    """Choices of parts that are of another class than by default: the file of ``conf/`` most like them."""
    found = {}
    for group in base.choices:
        part, usual = config.get(_part(group)), base.values.get(_part(group))
        if (
            not isinstance(part, dict)
            or not isinstance(usual, dict)
            or part.get("_target_") == usual.get("_target_")
        ):
            continue
        alike = {}
        for file in resources.files("fsannot.conf").joinpath(group.partition("@")[0]).iterdir():
            text = file.read_text(encoding="utf-8") if file.name.endswith(".yaml") else ""
            options = yaml.safe_load(text)
            if (
                isinstance(options, dict)
                and options.get("_target_") == part.get("_target_")
                and "???" not in text
            ):
                same = [key for key, value in _leaves(options).items() if _at(part, key) == value]
                alike[file.name.removesuffix(".yaml")] = len(same)
        if alike:
            found[group] = max(sorted(alike), key=lambda name: alike[name])
    return found


def _leaves(config: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in config.items():
        name = f"{path}.{key}" if path else str(key)
        found |= _leaves(value, name) if isinstance(value, dict) else {name: value}
    return found


def _parts(base: Defaults) -> set[str]:
    """Parts that a group chooses."""
    return {_part(group) for group in base.choices}


def _part(group: str) -> str:
    """Where a group's choice stands: ``projection@local_projection`` → ``local_projection``."""
    return group.rpartition("@")[2]


def _at(config: Mapping[str, Any], key: str) -> object:
    node: Any = config
    for name in key.split("."):
        node = node.get(name, ABSENT) if isinstance(node, dict) else ABSENT
    return node


def _above(key: str) -> list[str]:
    """Dotted keys of the parts an option stands in, outermost first."""
    names = key.split(".")
    return [".".join(names[:k]) for k in range(1, len(names))]


def _ends(paths: Sequence[Path]) -> list[str]:
    """As much of the end of each path as tells it from the others."""
    parts = [path.resolve().parts for path in paths]
    longest = max((len(p) for p in parts), default=1)
    for count in range(1, longest + 1):
        ends = ["/".join(p[-count:]) for p in parts]
        if len(set(ends)) == len(set(parts)):
            return ends
    return [str(path) for path in paths]
