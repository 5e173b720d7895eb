"""A hyper-parameter search, read back: its trials, which parameters mattered, and the best configuration."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fsannot.data.errors import ResultsError
from fsannot.evaluation.rows import RENAMED, write_atomically

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

LEAST_TRIALS = 4
Value = str | int | float | bool | None
NOT_OF_THE_ANNOTATOR = ("hydra", "search", "logger", "cache", "trials", "repeats")
"""Overrides of a search that are about the search, not about what it found."""


@dataclass(frozen=True)
class SearchTrial:
    """One finished trial.

    Attributes:
        number: from 0.
        params: searched parameters, by override key.
        objective: quality − price × human seconds per image.
        quality: mean IoU or agreement; None where the trial was stopped early.
        human_seconds_per_image: likewise.
        pruned: stopped early; its objective is what it had then.
        folder: name of its run directory.
    """

    number: int
    params: dict[str, Value]
    objective: float
    quality: float | None
    human_seconds_per_image: float | None
    pruned: bool
    folder: str


@dataclass(frozen=True)
class ConditionalImportance:
    """Importance of a parameter that some trials do not have, or have in another range, over the trials that have it.

    Attributes:
        parameter: override key.
        where: what these trials have in common and no other trial has, e.g. ``"where hierarchy=volume"``; else the
            range, ``"in 30 to 3000"``.
        trials: how many they are.
        share: as in ``StudyResults.importance``, of these trials' objective; None where fewer than four of them,
            or trials with equal objectives, say nothing.
    """

    parameter: str
    where: str
    trials: int
    share: float | None


@dataclass(frozen=True)
class StudyResults:
    """A search.

    Attributes:
        name: of the study.
        trials: finished, in order.
        unfinished: trials that were never finished: running, failed, or cut off.
        importance: parameter → share of the objective's variance a random forest explains by it (mean decrease
            in impurity: Breiman, Random Forests, 2001), summing to 1; empty below four trials.
        fixed: overrides that were the same for all trials.
        conditional: of the parameters whose range is not the same in all trials, such as a threshold on its
            criterion's scale.
    """

    name: str
    trials: tuple[SearchTrial, ...]
    unfinished: int
    importance: dict[str, float]
    fixed: dict[str, str]
    conditional: tuple[ConditionalImportance, ...] = ()

    @property
    def best(self) -> SearchTrial:
        """The trial with the highest objective; the first of equals."""
        return max(self.trials, key=lambda trial: (trial.objective, -trial.number))


def read_study(folder: Path | str) -> StudyResults:
    """Read ``study.db`` of a search's directory.

    Args:
        folder: of the search; its study is of this version or version 0.1.

    Returns:
        the finished trials, and what they say of the parameters.

    Raises:
        ResultsError: no study, or none of its trials is finished; names the file.
    """
    import optuna

    path = Path(folder).resolve() / "study.db"
    if not path.is_file():
        raise ResultsError(f"{path}: missing; give the directory of a search, e.g. searches/hierarchy")
    storage = f"sqlite:///{path}"
    try:
        names = [summary.study_name for summary in optuna.get_all_study_summaries(storage)]
        if len(names) != 1:
            raise ResultsError(f"{path}: holds {len(names)} studies; a search writes one")
        study = optuna.load_study(study_name=names[0], storage=storage)
    except ResultsError:
        raise
    except Exception as error:  # SQLAlchemy's, of which there are many
        raise ResultsError(f"{path}: not the database of a study ({error})") from error
    done = [t for t in study.get_trials(deepcopy=False) if t.state == optuna.trial.TrialState.COMPLETE]
    if not done:
        raise ResultsError(f"{path}: no trial of {names[0]} is finished; run the search again, it goes on")
    return StudyResults(
        name=names[0],
        trials=tuple(_trial(trial) for trial in done),
        unfinished=len(study.get_trials(deepcopy=False)) - len(done),
        importance=_importance(done),
        conditional=_conditional(done),
        fixed={k: str(v) for k, v in done[0].user_attrs.items() if RENAMED.get(k, k) not in OWN},
    )


OWN = ("folder", "pruned", "sessions", "iou_mean", "agreement", "human_seconds_per_image")
"""What a job notes of itself beside the overrides the sweeper notes."""


def best_configuration(study: StudyResults) -> str:
    """The best trial as a primary config, for ``annotate.py --config-dir <folder> --config-name best``.

    Args:
        study: of the search.

    Returns:
        YAML.
    """
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from omegaconf import OmegaConf

    overrides = {**study.fixed, **{k: str(v) for k, v in study.best.params.items()}}
    kept = [
        f"{k}={v}" for k, v in overrides.items() if k.split(".")[0].split("/")[0] not in NOT_OF_THE_ANNOTATOR
    ]
    defaults: list[Any] = ["annotate"]
    values = OmegaConf.create({})
    for override in OverridesParser.create().parse_overrides(kept):
        key = override.get_key_element().lstrip("+")
        if _is_group(override.key_or_group):
            defaults.append({f"override {key}": override.value()})
        else:
            OmegaConf.update(values, key, override.value(), force_add=True)
    header = (
        f"# best of {len(study.trials)} trials of the search {study.name}: "
        f"objective {study.best.objective:.4f}, trial {study.best.number}\n"
        "# fsannot annotate --config-dir <this folder> --config-name best\n"
    )
    return (
        header
        + OmegaConf.to_yaml(OmegaConf.create({"defaults": [*defaults, "_self_"]}))
        + (OmegaConf.to_yaml(values) if values else "")
    )


def write_best(study: StudyResults, path: Path) -> None:
    """Write ``best_configuration`` atomically.

    Args:
        study: of the search.
        path: of the file.

    Raises:
        ResultsError: the file cannot be written.
    """
    write_atomically(path, best_configuration(study).encode())


def _is_group(key: str) -> bool:
    """Whether an override's key chooses a file of a group of ``conf/``."""
    from importlib import resources

    return "." not in key and resources.files("fsannot.conf").joinpath(*key.split("/")).is_dir()


def _trial(trial: Any) -> SearchTrial:
    attributes = {RENAMED.get(key, key): value for key, value in trial.user_attrs.items()}
    quality = attributes.get("iou_mean", attributes.get("agreement"))
    return SearchTrial(
        number=trial.number,
        params=dict(trial.params),
        objective=float(trial.value),
        quality=quality,
        human_seconds_per_image=attributes.get("human_seconds_per_image"),
        pruned=bool(attributes.get("pruned", False)),
        folder=Path(attributes.get("folder", "")).name,
    )


def _importance(trials: Sequence[FrozenTrial]) -> dict[str, float]:
    """Of the parameters that all these finished trials have in the same range; see ``StudyResults``."""
    import optuna

    # fewer than four say nothing about several parameters, and equal ones leave nothing to explain
    if len(trials) < LEAST_TRIALS or len({trial.value for trial in trials}) < 2:
        return {}
    optuna.logging.set_verbosity(optuna.logging.WARNING)  # that a study is made in memory is no news
    study = optuna.create_study(direction="maximize")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # add_trials, in this version
        study.add_trials(trials)
    evaluator = optuna.importance.MeanDecreaseImpurityImportanceEvaluator(seed=0)
    found = optuna.importance.get_param_importances(study, evaluator=evaluator)
    return {name: float(share) for name, share in found.items()}


def _conditional(trials: Sequence[FrozenTrial]) -> tuple[ConditionalImportance, ...]:
    """Of the others; one for each range a parameter has."""
    found = []
    for name in dict.fromkeys(name for trial in trials for name in trial.params):
        by_range: dict[BaseDistribution, list[FrozenTrial]] = {}
        for trial in trials:
            if name in trial.distributions:
                by_range.setdefault(trial.distributions[name], []).append(trial)
        for distribution, having in by_range.items():
            if len(having) < len(trials):
                share = _importance(having).get(name)
                common = _in_common(having, trials)
                where = f"where {common}" if common else f"in {_range(distribution)}"
                found.append(ConditionalImportance(name, where, len(having), share))
    return tuple(found)


def _in_common(having: Sequence[FrozenTrial], trials: Sequence[FrozenTrial]) -> str:
    """``key=value`` of the first parameter that has one value in these trials and another in all other ones."""
    for name, value in having[0].params.items():
        if having == [trial for trial in trials if trial.params.get(name) == value]:
            return f"{name}={value}"
    return ""


def _range(distribution: BaseDistribution) -> str:
    low, high = getattr(distribution, "low", None), getattr(distribution, "high", None)
    return f"{low:g} to {high:g}" if low is not None and high is not None else str(distribution)
