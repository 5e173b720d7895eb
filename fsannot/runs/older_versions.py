"""Configurations of runs of version 0.1, read with today's names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
}
"""Dotted key of version 0.1 → today's; both lie in the same node."""
CHOICES = {"robot": {"neighbours": "neighbors"}}
"""Group → file of ``conf/`` of version 0.1 → today's."""


def current_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration of a run with today's classes and keys; one of this version comes back equal.

    Args:
        config: content of ``config.yaml``, as plain values.

    Returns:
        a copy with the classes under ``_target_`` and the keys that were renamed since version 0.1.

    >>> current_config({"clock": {"_target_": "fsannot.annotation.clock.Clock"}, "second_price": 0.005})
    {'clock': {'_target_': 'fsannot.human.clock.Clock'}, 'price_per_second': 0.005}
    """
    return {_current_key(str(key)): _current(value, str(key)) for key, value in config.items()}


def current_choice(group: str, choice: str) -> str:
    """Today's name of a file of ``conf/``.

    Args:
        group: folder in ``conf/``.
        choice: the file's name, without suffix, in a run of any version.

    Returns:
        the file's name today; the same where it was not renamed.
    """
    return CHOICES.get(group, {}).get(choice, choice)


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
