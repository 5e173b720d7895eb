"""Hyper-parameter search: a study on disk that goes on where it stopped, and jobs that stop when they lag behind.

Hydra's Optuna sweeper asks the study for trials and starts jobs with their parameters as overrides. It knows
nothing of what happened to a study before, and nothing of a job until that ends; both are added here. Optuna
comes with the extra ``sweep``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import OmegaConf

from fsannot.data.errors import InputError
from fsannot.runs.loggers import RunLogger

if TYPE_CHECKING:
    import optuna


class Pruned(Exception):
    """A job of a search lags behind and was stopped.

    Attributes:
        value: the objective it had then, which counts as its result.
    """

    def __init__(self, value: float) -> None:
        super().__init__(f"stopped with objective {value:.4f}, below the median of the trials before")
        self.value = value


def register_resolvers() -> None:
    """Make ``study_storage``, ``trials_left`` and ``study_seed`` known to ``conf/search/``."""
    OmegaConf.register_new_resolver("study_storage", study_storage, replace=True)
    OmegaConf.register_new_resolver("trials_left", trials_left, replace=True)
    OmegaConf.register_new_resolver("study_seed", study_seed, replace=True)


def study_storage(folder: str) -> str:
    """URL of the study's database in a folder. The folder is made: the sweeper opens the database before any job runs.

    Args:
        folder: of the search.

    Returns:
        a URL of SQLite.
    """
    path = Path(folder).resolve()
    path.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{path / 'study.db'}"


def trials_left(storage: str, name: str, total: int) -> int:
    """How many trials a study still lacks; unfinished and failed ones do not count.

    Args:
        storage: URL of the database.
        name: of the study.
        total: wanted number of finished trials, ≥ 1.

    Returns:
        ≥ 0.

    Raises:
        InputError: ``total`` is below 1.
    """
    if isinstance(total, bool) or not isinstance(total, int) or total < 1:
        raise InputError(f"trials={total!r} is not valid; a whole number ≥ 1 is needed")
    return max(0, total - _finished(storage, name))


def study_seed(storage: str, name: str, seed: int) -> int:
    """Seed of the sampler; a study that goes on must not draw again what it drew at its start.

    Args:
        storage: URL of the database.
        name: of the study.
        seed: of the search.

    Returns:
        ``seed`` plus the number of finished trials.
    """
    return seed + _finished(storage, name)


THRESHOLDS = {
    "dynamics": (0.01, 0.5),
    "volume": (30.0, 3000.0),
    "area": (30.0, 3000.0),
    "mean_border": (0.1, 1.0),
    "mean_border_features": (0.15, 1.5),
}
"""Thresholds a search tries, by criterion; each has a scale of its own."""


def suggest_threshold(cfg: object, trial: optuna.Trial) -> None:
    """``custom_search_space`` of the sweeper: ``hierarchy.threshold`` on the scale of the trial's criterion.

    A threshold or search interval that the command line gives stands.

    Args:
        cfg: not read; the sweeper passes it.
        trial: which gets the parameter.

    Raises:
        InputError: a criterion whose scale is not known here.
    """
    if "hierarchy.threshold" in {**trial.params, **trial.user_attrs}:
        return
    criterion = str({**trial.params, **trial.user_attrs}.get("hierarchy", "dynamics"))
    if criterion not in THRESHOLDS:
        raise InputError(
            f"hierarchy={criterion}: thresholds are known of {', '.join(THRESHOLDS)}; give an interval, "
            "hierarchy.threshold=tag(log,interval(<low>,<high>))"
        )
    trial.suggest_float("hierarchy.threshold", *THRESHOLDS[criterion], log=True)


class PruningLogger(RunLogger):
    """Reports the objective to the study as the session goes on, and stops a job that lags behind.

    At every whole human second an image the objective so far is compared with the median of the finished trials
    at that second (Optuna's ``MedianPruner``). A job that is below raises ``Pruned``; Hydra's sweeper, which
    knows no other ending, records the objective it had as its result, and the trial carries the mark ``pruned``.
    Of a job that repeats its session only the first is compared.

    Args:
        storage, study_name: the study.
        overrides: of this job, which tell which trial it is.
        price: as ``price_per_second`` of the program.
        startup: finished trials before any is stopped.
        warmup: human seconds an image before any is stopped.

    Raises:
        InputError: ``startup`` or ``warmup`` is not a whole number ≥ 0.
    """

    def __init__(
        self,
        storage: str,
        study_name: str,
        overrides: Sequence[str],
        price: float,
        startup: int = 5,
        warmup: int = 6,
    ) -> None:
        for key, value in (("startup", startup), ("warmup", warmup)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise InputError(f"logger.search.{key}={value!r}: a whole number ≥ 0 is needed")
        self.storage, self.study_name, self.overrides = storage, study_name, tuple(overrides)
        self.price, self.startup, self.warmup = price, startup, warmup

    def begin(self, folder: Path, config: Mapping[str, Any], name: str) -> None:
        """

        Args:
            folder: run directory; noted in the trial.
            config: not read.
            name: not read.

        Raises:
            InputError: the study is not there, or no running trial of it has the parameters of this job.
        """
        import optuna

        pruner = optuna.pruners.MedianPruner(n_startup_trials=self.startup, n_warmup_steps=self.warmup)
        try:
            study = optuna.load_study(study_name=self.study_name, storage=self.storage, pruner=pruner)
        except KeyError as error:
            raise InputError(
                f"logger.search: there is no study {self.study_name!r} in {self.storage}; "
                "this logger belongs to a search: annotate.py -m search=<name>"
            ) from error
        found = own_trial(study, self.overrides)
        if found is None:
            raise InputError(
                f"logger.search: no running trial of {self.study_name!r} has the parameters of this job"
            )
        self._trial = optuna.trial.Trial(study, found._trial_id)
        self._before = dict(found.user_attrs)
        self._sessions = int(self._before.get("sessions", 0))
        if not self._sessions:
            self._trial.set_user_attr("folder", str(folder))
        self._second = 0

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Report the objective at every whole human second per image.

        Args:
            step: actions so far.
            metrics: ``iou`` or ``agreement``, and ``human_seconds_per_image``.

        Raises:
            Pruned: the job lags behind.
        """
        seconds = metrics["human_seconds_per_image"]
        second = math.floor(seconds)
        if second <= self._second or self._sessions:
            return
        self._second = second
        value = metrics.get("iou", metrics.get("agreement", 0.0)) - self.price * seconds
        self._trial.report(value, second)
        if self._trial.should_prune():
            self._trial.set_user_attr("pruned", True)
            raise Pruned(value)

    def table(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Do nothing: a study has no tables.

        Args:
            name: not read.
            rows: not read.
        """

    def finish(self, summary: Mapping[str, Any], *, failed: bool = False) -> None:
        """Note quality and human seconds in the trial, as means over the job's sessions so far.

        Args:
            summary: of the session.
            failed: then nothing is noted.
        """
        if failed:
            return
        for key in ("iou_mean", "agreement", "human_seconds_per_image"):
            if key in summary:  # the mean of the job's sessions so far
                before = self._before.get(key, 0.0) * self._sessions
                self._trial.set_user_attr(key, (before + summary[key]) / (self._sessions + 1))
        self._trial.set_user_attr("sessions", self._sessions + 1)


def own_trial(study: optuna.Study, overrides: Sequence[str]) -> optuna.trial.FrozenTrial | None:
    """The newest running trial whose parameters are among a job's overrides.

    Args:
        study: of the search.
        overrides: of the job.

    Returns:
        the trial; None where there is none.
    """
    import optuna

    running = study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.RUNNING,))
    for trial in reversed(running):
        if {f"{name}={value}" for name, value in trial.params.items()} <= set(overrides):
            return trial
    return None


def _finished(storage: str, name: str) -> int:
    """Finished trials of a study; 0 where there is no such study yet."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    if name not in {summary.study_name for summary in optuna.get_all_study_summaries(storage)}:
        return 0
    study = optuna.load_study(study_name=name, storage=storage)
    return len(study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,)))
