"""A session written to disk between two actions, and taken up again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from fsannot.annotation.observation import Observation
from fsannot.annotation.session import AnnotationSession
from fsannot.annotation.state import Snapshot, load_snapshot, save_snapshot
from fsannot.features.rows import FeatureRows

PLAIN = ("_last_label", "_open", "_highlight", "_learned", "_labelled_since", "human_seconds", "done")


def save_session(session: AnnotationSession, path: Path) -> None:
    """Write the session as it is; ``resume_session`` goes on exactly there.

    The learned metric is not stored but its lesson is: the same lesson gives the same metric.
    """
    arrays: dict[str, np.ndarray] = {
        "features": session._all_features.load(),
        "embedding": session.neighborhoods.features[:],
        "layout": session._layout,
    }
    if session._focus is not None:
        arrays |= {"focus_members": session._focus[0], "focus_layout": session._focus[1]}
    if session._metric is not None:
        arrays |= {"lesson": session._lesson.astype(np.int16)}
    settings: dict[str, Any] = {name: getattr(session, name) for name in PLAIN}
    settings |= {"_pointer": list(session._pointer), "machine_seconds": session.machine.seconds}
    save_snapshot(path, Snapshot(session.state, tuple(session._undo_states), arrays, settings))


def resume_session(session: AnnotationSession, path: Path) -> Observation:
    """Take up a saved session; ``session`` was made with the same images and settings.

    Raises:
        ResultsError: the file is missing, truncated or not a session; ``session`` is as before.
    """
    snapshot = load_snapshot(path)
    arrays = snapshot.arrays
    settings: dict[str, Any] = dict(snapshot.settings)
    session.state = snapshot.state
    session._undo_states = list(snapshot.undo)
    session._features = FeatureRows([arrays["features"]])
    session._hoods = session.machine.neighborhoods(FeatureRows([arrays["embedding"]]))
    session._layout = arrays["layout"]
    session._focus = (arrays["focus_members"], arrays["focus_layout"]) if "focus_members" in arrays else None
    x, y = settings.pop("_pointer")
    session._pointer = (x, y)
    session.machine.seconds = settings.pop("machine_seconds")
    for name in PLAIN:
        setattr(session, name, settings[name])
    session._metric, session._lesson = None, arrays.get("lesson", np.zeros(0, np.int16))
    if len(session._lesson):
        before = session.machine.seconds
        session._metric, _ = session._taught(session._lesson, session._learned - 1)
        session.machine.seconds = before  # the lesson was paid for when it was given
    return session.observe()
