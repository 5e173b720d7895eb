"""Save a session between two actions, and resume it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from fsannot.annotation.observation import Observation
from fsannot.annotation.segment_space import SegmentSpace
from fsannot.annotation.session import AnnotationSession
from fsannot.annotation.state import Snapshot, load_snapshot, save_snapshot
from fsannot.annotation.view import View
from fsannot.features.rows import FeatureRows

PLAIN = ("_last_label", "_labelled_since", "human_seconds", "done")
"""Attributes of a session that are saved by name; the others are in its state, its space and its view."""


def save_session(session: AnnotationSession, path: Path) -> None:
    """Write the session as it is; ``resume_session`` continues exactly there.

    The learned metric is not stored. The labels it was learned from are: they give the same metric again.

    Args:
        session: after ``reset``.
        path: file to write; a broken write leaves the previous file.
    """
    space, view = session._space, session._view
    arrays: dict[str, np.ndarray] = {
        "features": space.features.load(),
        "embedding": space.neighborhoods.features[:],
        "layout": space.layout,
    }
    if view.focus is not None:
        arrays |= {"focus_members": view.focus[0], "focus_layout": view.focus[1]}
    if space.metric is not None:
        arrays |= {"lesson": space.lesson.astype(np.int16)}
    settings: dict[str, Any] = {name: getattr(session, name) for name in PLAIN}
    settings |= {"_open": view.open_image, "_highlight": view.highlight, "_learned": space.learned}
    settings |= {"_pointer": list(session._pointer), "machine_seconds": session.engine.seconds}
    if session.sight is not None:
        marks, numbers = session.sight.saved()
        arrays |= {f"sight_{name}": marked for name, marked in marks.items()}
        settings |= {"sight": numbers, "_newest": session._newest, "_zoomed": session._zoomed}
        settings |= {"_fixed": view.fixed}
    save_snapshot(path, Snapshot(session.state, tuple(session._undo_states), arrays, settings))


def resume_session(session: AnnotationSession, path: Path) -> Observation:
    """Resume a saved session.

    Args:
        session: made with the same images and settings as the saved one.
        path: file that ``save_session`` wrote.

    Returns:
        the screen as it was when the session was saved.

    Raises:
        ResultsError: the file is missing, truncated or not a session; ``session`` is as before.
    """
    snapshot = load_snapshot(path)
    arrays = snapshot.arrays
    settings: dict[str, Any] = dict(snapshot.settings)
    session.state = snapshot.state
    session._undo_states = list(snapshot.undo)
    space, view = SegmentSpace(session.engine), View(session.sight)
    space.restore(FeatureRows([arrays["features"]]), FeatureRows([arrays["embedding"]]))
    space.layout, space.learned = arrays["layout"], settings["_learned"]
    view.open_image, view.highlight = settings["_open"], settings["_highlight"]
    if "focus_members" in arrays:
        view.focus = (arrays["focus_members"], arrays["focus_layout"])
    session._space, session._view = space, view
    _restore_sight(session, arrays, settings)
    session._pointer = tuple(settings["_pointer"])
    session.engine.seconds = settings["machine_seconds"]
    for name in PLAIN:
        setattr(session, name, settings[name])
    if "lesson" in arrays:
        space.learn_again(arrays["lesson"], session.state)
    return session.observe()


def _restore_sight(
    session: AnnotationSession, arrays: dict[str, np.ndarray], settings: dict[str, Any]
) -> None:
    session._newest, session._zoomed = settings.get("_newest", 0), settings.get("_zoomed", False)
    session._view.fixed = settings.get("_fixed", False)
    if session.sight is not None and "sight" in settings:
        marks = {name.removeprefix("sight_"): a for name, a in arrays.items() if name.startswith("sight_")}
        session.sight.restore(marks, settings["sight"])
