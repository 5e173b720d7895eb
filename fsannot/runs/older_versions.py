"""Runs of older versions, read with today's names and columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from fsannot.evaluation.effort import CurvePoint
from fsannot.evaluation.results import ResultRow, Summary

MODULES = {
    "fsannot.annotation.clock": "fsannot.human.clock",
    "fsannot.features.metric": "fsannot.metric_learning.learner",
    "fsannot.features.metric_backbone": "fsannot.metric_learning.backbone",
    "fsannot.features.metric_head": "fsannot.metric_learning.head",
    "fsannot.pipeline.clicks": "fsannot.studies.click_run",
    "fsannot.pipeline.loggers": "fsannot.runs.loggers",
    "fsannot.pipeline.search": "fsannot.studies.search",
    "fsannot.robots.grid_policy": "fsannot.simulation.grid_policy",
    "fsannot.robots.motor": "fsannot.human.motor",
    "fsannot.robots.neighbours": "fsannot.robots.neighbors",
    "fsannot.robots.oracle": "fsannot.human.perception",
}
"""Module of version 0.1 → today's, of all classes that the configuration of a run names."""
KEYS = {
    "second_price": "price_per_second",
    "hierarchy.frontier": "hierarchy.min_strength",
    "robot.rest": "robot.label_rest",
    "robot.study": "robot.open_images",
    "robot.series": "robot.click_several",
    "clock.glance": "clock.look",
}
"""Dotted key of an earlier version → today's; both lie in the same node."""
EXPERT, EXPERT_V1 = "fsannot.robots.expert.Expert", "fsannot.robots.expert_v1.ExpertV1"
"""The expert plans by what a person can see; the one before it, which sees everything, goes on under another name."""
ONLY_V1 = ("refine", "centres", "focus", "open_images", "click_several")
"""Options that only the earlier expert has."""
SEES_ALL = "fsannot.human.perception.Perception"
"""The error model of version 1 of the human model."""
CHOICES = {"robot": {"neighbours": "neighbors"}}
"""Group → file of ``conf/`` of version 0.1 → today's."""
SEEING_ALL = {
    "robot": {"expert": "expert_v1"},
    "perception": {"human": "human_v1", "perfect": "perfect_v1"},
}
"""The same of a run made before there was ``human_model``, when everything was seen."""


def current_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration of a run with today's classes and keys; one of this version comes back equal.

    Args:
        config: content of ``config.yaml``, as plain values.

    Returns:
        a copy with the classes under ``_target_`` and the keys that were renamed since. An expert that sees everything,
        by its options or by ``perception``, is the one of version 1 of the human model.

    >>> current_config({"clock": {"_target_": "fsannot.annotation.clock.Clock"}, "second_price": 0.005})
    {'clock': {'_target_': 'fsannot.human.clock.Clock'}, 'price_per_second': 0.005}
    """
    today = {_current_key(str(key)): _current(value, str(key)) for key, value in config.items()}
    robot = today.get("robot")
    if isinstance(robot, dict) and robot.get("_target_") == EXPERT:
        sees_all = _sees_all(today) or any(option in robot for option in ONLY_V1)
        robot["_target_"] = EXPERT_V1 if sees_all else EXPERT
    return today


def current_choice(group: str, choice: str) -> str:
    """Today's name of a file of ``conf/``.

    Args:
        group: folder in ``conf/``.
        choice: the file's name, without suffix, in a run of any version.

    Returns:
        the file's name today; the same where it was not renamed.
    """
    return CHOICES.get(group, {}).get(choice, choice)


def current_choices(choices: Mapping[str, str], config: Mapping[str, Any]) -> dict[str, str]:
    """Today's names of all files of ``conf/`` that a run was made of.

    Args:
        choices: group → file of ``conf/``, in a run of any version.
        config: of the run, with today's names.

    Returns:
        a copy with today's names.

    >>> seen = {"perception": {"_target_": "fsannot.human.perception.Perception"}}
    >>> current_choices({"robot": "expert", "perception": "human", "clock": "human"}, seen)
    {'robot': 'expert_v1', 'perception': 'human_v1', 'clock': 'human'}
    """
    earlier = SEEING_ALL if _sees_all(config) else {}
    today = {group: current_choice(group, choice) for group, choice in choices.items()}
    return {group: earlier.get(group, {}).get(choice, choice) for group, choice in today.items()}


def _sees_all(config: Mapping[str, Any]) -> bool:
    perception = config.get("perception")
    return isinstance(perception, Mapping) and perception.get("_target_") == SEES_ALL


def _current_key(path: str) -> str:
    return KEYS.get(path, path).rpartition(".")[2]


def _current(value: Any, path: str) -> Any:
    if isinstance(value, Mapping):
        return {
            _current_key(f"{path}.{key}"): _target(inner)
            if key == "_target_"
            else _current(inner, f"{path}.{key}")
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_current(inner, path) for inner in value]
    return value


def _target(name: Any) -> Any:
    """Today's name of a class."""
    if not isinstance(name, str):
        return name
    module, _, own = name.rpartition(".")
    own = {"Neighbours": "Neighbors"}.get(own, own) if module == "fsannot.robots.neighbours" else own
    return f"{MODULES.get(module, module)}.{own}" if module else own


def without_preparation(
    rows: Sequence[ResultRow], summary: Summary, curve: Sequence[CurvePoint]
) -> tuple[tuple[ResultRow, ...], Summary, tuple[CurvePoint, ...]]:
    """A run with waiting and preparation apart; one of this version comes back equal.

    Machine seconds of older runs hold both. What they were at the first point of the curve is preparation, in which all
    rows have their share.

    Args:
        rows, summary, curve: of the run, with machine seconds in the place of waiting.

    Returns:
        the same with preparation taken out of waiting.
    """
    if summary.preparation_seconds_per_image is not None:
        return tuple(rows), summary, tuple(curve)
    before, both = curve[0].waiting_seconds_per_image, summary.waiting_seconds_per_image
    share = before / both if both > 0 else 0.0
    return (
        tuple(
            row
            if row.waiting_seconds is None
            else replace(
                row,
                waiting_seconds=row.waiting_seconds * (1 - share),
                preparation_seconds=row.waiting_seconds * share,
            )
            for row in rows
        ),
        replace(
            summary,
            waiting_seconds_per_image=both - before,
            waiting_seconds_per_image_ci=None,
            preparation_seconds_per_image=before,
        ),
        tuple(
            replace(point, waiting_seconds_per_image=point.waiting_seconds_per_image - before)
            for point in curve
        ),
    )
