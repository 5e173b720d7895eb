"""No robot gets at anything hidden: every name it is told was legible, and paid for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fsannot.annotation.reader import UNREAD
from fsannot.annotation.session import AnnotationSession
from fsannot.human.confusion import Confusion
from fsannot.human.eyes import Eyes
from fsannot.human.legibility import DIM, LEGIBLE, POINTABLE
from fsannot.simulation.loop import SimulationLoop
from tests.annotation.placed import BOTTOM_UP, Placed
from tests.annotation.scene import Steps, reader, session
from tests.robots.test_contract import NAMES, make

READERS = [name for name in NAMES if name != "expert_v1"]


class Watch:
    """Checks every question to the eyes against what the session shows at that moment."""

    def __init__(self, made: AnnotationSession, monkeypatch: pytest.MonkeyPatch) -> None:
        assert made.sight is not None
        self.session, self.sight = made, made.sight
        self.asked: dict[str, int] = {}
        self.legible_before: np.ndarray = np.zeros(0, np.int64)
        for name in ("read", "hover", "read_open", "second", "split_clicks"):
            monkeypatch.setattr(Eyes, name, self._watched(name, getattr(Eyes, name)))
        step = made.step

        def stepped(*args: Any, **options: Any) -> Any:
            screen = made.screen()
            assert screen.visible is not None
            self.legible_before = np.flatnonzero(screen.shown & (screen.visible >= LEGIBLE))
            self.pointable_before = np.flatnonzero(screen.shown & (screen.visible >= POINTABLE))
            return step(*args, **options)

        made.step = stepped  # type: ignore[method-assign]

    def _watched(self, name: str, ask: Any) -> Any:
        def asked(eyes: Eyes, rows: Any, *rest: Any) -> Any:
            getattr(self, f"_{name}")(np.atleast_1d(np.asarray(rows)), *rest)
            self.asked[name] = self.asked.get(name, 0) + np.size(rows)
            return ask(eyes, rows, *rest)

        return asked

    def _read(self, rows: np.ndarray, dim: np.ndarray) -> None:
        screen = self.session.screen()
        assert screen.visible is not None
        assert self.sight.read[rows].all(), "named without a look that was charged"
        checked = np.isin(rows, self.sight.checked) & np.isin(
            rows, self.legible_before
        )  # in the box, before it was drawn
        now = screen.shown[rows] & (screen.visible[rows] >= DIM)
        assert (checked | now).all(), "named without being legible"
        assert (checked | (dim == (screen.visible[rows] < LEGIBLE))).all(), "read better than it is visible"

    def _hover(self, rows: np.ndarray) -> None:
        assert np.isin(rows, self.pointable_before).all()

    def _read_open(self, rows: np.ndarray) -> None:
        assert (self.session.state.table.image[rows] == self.session.observe().open_image).all()
        assert self.sight._named[rows].all()

    def _second(self, rows: np.ndarray) -> None:
        self._read_open(rows)

    def _split_clicks(self, rows: np.ndarray, label: int) -> None:
        self._read_open(rows)


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("task", ["foreground", "semantic"])
def test_every_row_that_is_read_was_legible_and_paid(
    name: str, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowded = {row: (500.0 + 3 * i, 500.0 + 2 * i) for i, row in enumerate(BOTTOM_UP[:24])}
    made = session(projector=Placed([crowded]), sight=True)
    watch = Watch(made, monkeypatch)
    person, steps = reader(made, Confusion()), Steps()
    SimulationLoop(made, make(name), oracle=person, task=task, observers=(steps,), max_actions=60).run()
    assert watch.asked["read"] > 0
    looks = sum(step.result.looks for step in steps.taken)
    assert 0 < looks <= watch.asked["read"] + watch.asked.get("read_open", 0)


def test_a_reader_offers_no_way_around_it() -> None:
    """The eyes and the session are no attribute of what a robot holds, and nothing is known before it is read."""
    made = session(sight=True)
    made.reset()
    person = reader(made)
    offered = [name for name in dir(person) if not name.startswith("_")]
    assert not any(isinstance(getattr(person, name), Eyes | AnnotationSession) for name in offered)
    person.catch_up()
    assert (person.name == UNREAD).all() and (person.image == -1).all() and (person.size == -1).all()
