"""A study belongs to the settings it was made with: trials of another dataset or of other settings do not join it."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep, IntervalSweep, Override
from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf, open_dict

from fsannot.configuration.build import build
from fsannot.data.errors import FsannotError, InputError
from fsannot.evaluation.results import PROTOCOL_VERSION

log = logging.getLogger(__name__)

FREE = (
    "cache",
    "data_root",  # the dataset's fingerprint says which images these are, wherever they lie
    "workers",
    "batch_size",
    "device",  # "auto" is another device on another machine; results agree up to rounding
)
"""Settings of the program, and what its parts take from them, that may change between two calls of a search."""
WITHOUT_INFLUENCE = (
    *FREE,
    "chosen_on",
    "hydra",  # folders, launcher, sampler, how many jobs at a time
    "logger",  # what is written beside the results, and which jobs are stopped early
    "trials",
    "dataset.root",
)
"""Settings that may change as well, each with everything below it."""
SUGGESTED = {
    "fsannot.studies.search.suggest_threshold": {"hierarchy.threshold": "searched in an interval, log"}
}
"""What a ``custom_search_space`` adds to the searched keys, unless it is fixed."""
SHOWN = 8
"""Differences an error lists."""
ABSENT = "absent"


class StudyBinding(Callback):
    """Hydra callback of ``conf/search/study.yaml``: refuses a study that was made with other settings.

    It runs once, before the first trial. Hydra turns errors of callbacks into warnings, so this one ends the program.
    """

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Compare the study's settings with these, or note these in a new study.

        Args:
            config: of the sweep.
            kwargs: further arguments of Hydra, not read.

        Raises:
            SystemExit: the settings differ or cannot be compared; its text is an ``InputError``'s.
        """
        try:
            sweeper = config.hydra.sweeper
            if not sweeper.study_name:
                raise InputError("the search has no name; give it one: hydra.sweeper.study_name=<name>")
            bind_study(str(sweeper.storage), str(sweeper.study_name), study_settings(config))
        except FsannotError as error:
            sys.exit(str(error))
        except Exception:
            log.exception("the settings of the search cannot be compared with those of its study")
            sys.exit(1)


def study_settings(config: DictConfig) -> dict[str, Any]:
    """All settings of a search that its trials share, by dotted key, JSON-ready.

    Args:
        config: of the sweep, with its node ``hydra``.

    Returns:
        value of every setting; how a searched key is searched, without the ends of its interval or range, which may
        change; the dataset's fingerprint under ``dataset images``.
        A group that is searched has no settings of its own, except those that are fixed by the command line.
    """
    searched, fixed = _searched_and_fixed(config)
    plain = config.copy()
    with open_dict(plain):
        for key in ("hydra", "logger"):  # these refer to the running job
            del plain[key]
        for key in FREE:  # parts take them over
            plain[key] = None
    every = {**_flat(OmegaConf.to_container(plain, resolve=True)), **fixed}
    kept = {
        key: value
        for key, value in every.items()
        if not _below(key, WITHOUT_INFLUENCE) and (key in fixed or not _below(key, searched))
    }
    if not any(_below(key, ("dataset",)) for key in searched):
        kept["dataset images"] = build(config, "dataset").fingerprint()[:16]
    kept["protocol version"] = PROTOCOL_VERSION
    settings = {**kept, **searched}
    return dict(json.loads(json.dumps(settings, sort_keys=True)))


def bind_study(storage: str, name: str, settings: Mapping[str, Any]) -> None:
    """Note the settings in a study, which is made where it is not there; one with finished trials must have the same.

    Args:
        storage: URL of the database.
        name: of the study.
        settings: dotted key → value, as ``study_settings`` gives them.

    Raises:
        InputError: the study was made with other settings, or notes none; names every key with both values.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(storage=storage, study_name=name, direction="maximize", load_if_exists=True)
    finished = study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,))
    if not finished:
        study.set_user_attr("settings", dict(settings))
        return
    remedy = "give this search another name, hydra.sweeper.study_name=<name>"
    before = study.user_attrs.get("settings")
    if before is None:
        raise InputError(
            f"study {name!r} in {storage}: it has {len(finished)} finished trials and does not say with which "
            f"settings; {remedy}"
        )
    if differences := different(before, settings):
        more = f"; and {len(differences) - SHOWN} more" if len(differences) > SHOWN else ""
        raise InputError(
            f"study {name!r} in {storage}: its {len(finished)} finished trials have other settings: "
            f"{'; '.join(differences[:SHOWN])}{more}. To compare trials they must share all that is not searched: "
            f"{remedy}, or use the settings the study was made with"
        )


def different(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """``key: value before, value now`` of every setting that differs; parts that are of another class come first."""
    keys = [key for key in {**before, **now} if before.get(key, ABSENT) != now.get(key, ABSENT)]
    keys.sort(key=lambda key: (not key.endswith("_target_"), key))
    # what stands below a searched group, and the options of a part of another class, differ by necessity
    searched = [key for key in keys if _searched(before.get(key)) or _searched(now.get(key))]
    classes = [key.removesuffix("._target_") for key in keys if key.endswith("_target_")]
    return [
        f"{key.removesuffix('._target_')}: {_shown(before, key, now)} before, {_shown(now, key, before)} now"
        for key in keys
        if key in searched
        or not (_below(key, searched) or (_below(key, classes) and not key.endswith("_target_")))
    ]


def _searched_and_fixed(config: DictConfig) -> tuple[dict[str, str], dict[str, Any]]:
    """Searched keys with how, and fixed keys with their values, as the sweeper has them."""
    sweeper = config.hydra.sweeper
    params = OmegaConf.to_container(sweeper.params, resolve=True) if sweeper.get("params") else {}
    assert isinstance(params, dict)
    given = [*(f"{key!s}={value}" for key, value in params.items()), *config.hydra.overrides.task]
    parsed = OverridesParser.create().parse_overrides(given)
    keys = [
        (override.get_key_element().lstrip("+"), override) for override in parsed if not override.is_delete()
    ]
    fixed = {key: override.value() for key, override in keys if not override.is_sweep_override()}
    searched = dict(SUGGESTED.get(str(sweeper.custom_search_space), {}))
    searched |= {key: _how(override) for key, override in keys if override.is_sweep_override()}
    searched = {key: how for key, how in searched.items() if key not in fixed}
    # a fixed choice of a group is in the configuration by the settings of what was chosen
    chosen = {key for key in fixed if isinstance(OmegaConf.select(config, key), DictConfig | None)}
    return searched, {key: value for key, value in fixed.items() if key not in chosen}


def _how(override: Override) -> str:
    """Optuna cannot change the choices of a study's parameter, nor its kind of distribution."""
    value = override.value()
    if isinstance(value, ChoiceSweep):
        return f"searched in choice({','.join(map(str, value.list))})"
    kind = "an interval" if isinstance(value, IntervalSweep) else "a range"
    return f"searched in {kind}{', log' if 'log' in getattr(value, 'tags', ()) else ''}"


def _flat(value: object, path: str = "") -> dict[str, Any]:
    """Leaves by dotted key; a list is a leaf."""
    if not isinstance(value, dict):
        return {path: value}
    return {
        name: leaf
        for key, inner in value.items()
        for name, leaf in _flat(inner, f"{path}.{key}" if path else str(key)).items()
    }


def _below(key: str, parents: Iterable[str]) -> bool:
    return any(key == parent or key.startswith(f"{parent}.") for parent in parents)


def _searched(value: object) -> bool:
    return isinstance(value, str) and value.startswith("searched in ")


def _shown(settings: Mapping[str, Any], key: str, other: Mapping[str, Any]) -> str:
    if key not in settings:
        return "not searched" if _searched(other[key]) else "absent"
    value = settings[key]
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
