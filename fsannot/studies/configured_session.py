"""An annotation session, made from a configuration with its images prepared."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from omegaconf import DictConfig

from fsannot.annotation.session import AnnotationSession
from fsannot.configuration.build import build
from fsannot.data.dataset import Dataset
from fsannot.simulation.eyesight import sight_of
from fsannot.studies.prepared import prepare

PARTS = ("edges", "hierarchy", "features", "projection", "local_projection", "metric")
"""Parts of the computing side of a session."""
SETTINGS = ("workers", "batch_size", "constrained", "semi_supervised", "seed")
"""Settings of the same."""
KEYS = ("dataset", *PARTS, "clock", *SETTINGS, "first_images", "batch_images")
"""All that a configuration needs to describe a session; without ``perception`` everything is seen at once."""

S = TypeVar("S", bound=AnnotationSession)


@dataclass(frozen=True)
class ConfiguredSession(Generic[S]):
    """A session and what it is made of.

    Attributes:
        session: not begun yet.
        dataset: its images.
        parts: of its computing side, by name.
        stage_seconds: machine seconds of each stage, measured when it was computed.
    """

    session: S
    dataset: Dataset
    parts: dict[str, Any]
    stage_seconds: dict[str, float]


def configured_session(cfg: DictConfig, *, dataset: Dataset, kind: type[S]) -> ConfiguredSession[S]:
    """The session a configuration of ``annotate.py`` or ``play.py`` describes.

    Args:
        cfg: has ``KEYS`` and ``cache``.
        dataset: that of ``cfg``.
        kind: class of the session.

    Returns:
        the session, not begun, and its parts.

    Raises:
        FsannotError: whatever a part has to say; see ``build``.
    """
    clock = build(cfg, "clock")
    parts = {name: build(cfg, name) for name in PARTS}
    settings = {name: cfg[name] for name in SETTINGS if name != "seed"}
    prepared = prepare(dataset, cache=Path(cfg.cache), **parts, **settings)
    session = kind(
        prepared.engine(cfg.seed),
        classes=dataset.classes,
        clock=clock,
        first_images=cfg.first_images,
        batch_images=cfg.batch_images,
        sight=sight_of(build(cfg, "perception"), cfg.seed) if "perception" in cfg else None,
    )
    return ConfiguredSession(session, dataset, parts, dict(prepared.seconds))
