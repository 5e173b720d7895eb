"""The one loop: a robot acts in a session until it is over, and observers watch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fsannot.annotation.actions import Action, BoxAction, LabelBox, LabelRadius, RefineBox, Zoom
from fsannot.annotation.observation import Observation
from fsannot.annotation.queries import Queries
from fsannot.annotation.reader import Reader
from fsannot.annotation.session import AnnotationSession, StepResult
from fsannot.annotation.state import State
from fsannot.data.errors import InputError
from fsannot.human.motor import Motor
from fsannot.human.oracle import Oracle
from fsannot.robots.robot import Robot


@dataclass(frozen=True, eq=False)
class Step:
    """One action that was carried out.

    Attributes:
        number: from 1; refused actions are not counted.
        meant: what the robot decided on.
        action: what its hand did.
        before, after: the session's state around it.
        result: what it led to and cost.
    """

    number: int
    meant: Action
    action: Action
    before: State
    after: State
    result: StepResult


class Observer:
    """Watches a simulation; every method does nothing unless it is overridden. The loop knows no metric."""

    def begin(self, session: AnnotationSession, observation: Observation) -> None:
        """Called when the session is reset and nothing is done yet.

        Args:
            session: the session.
            observation: the first one.
        """

    def step(self, step: Step) -> None:
        """Called after an action was carried out.

        Args:
            step: the action, with the states around it and its cost.
        """

    def refused(self, reason: str, seconds: float) -> None:
        """Called after an action that was not possible; it changed nothing.

        Args:
            reason: in words.
            seconds: human seconds it cost.
        """

    def end(self, session: AnnotationSession) -> None:
        """Called when the simulation is over.

        Args:
            session: the session.
        """

    def failed(self) -> None:
        """Called when the simulation ends with an error, which is raised after this."""


class SimulationLoop:
    """Runs a robot in a session and tells observers of every action.

    Modelled on the environment loop of Acme (Hoffman et al., 2020, arXiv:2006.00979).

    Args:
        session: where it acts; reset by :meth:`begin`.
        robot: chooses the actions.
        oracle: what the robot sees of the classes.
        motor: how exactly it draws boxes; None = exactly.
        task: ``"foreground"`` or ``"semantic"``.
        seed: of the robot's choices and its hand.
        observers: are told of everything, in this order.
        max_actions: attempts after which it is stopped.
        max_seconds: human seconds per image after which it is stopped; None = no limit.
        charge_refusals: whether an impossible action costs the time to decide on it, as it does for policies that
            learn; otherwise it is an error of the robot's and is raised.

    Attributes:
        actions: carried out so far.
        refusals: impossible ones so far.
        refused_seconds: human seconds they cost; the session does not know them.

    Raises:
        InputError: a limit that is not positive.

    >>> from fsannot.annotation.engine import Engine
    >>> from fsannot.benchmarks.robots import BlobImages
    >>> from fsannot.human.perception import Perception
    >>> from fsannot.metric_learning.learner import NoMetric
    >>> from fsannot.projection.pca import PcaProjector
    >>> from fsannot.robots.greedy_box import GreedyBox
    >>> class Boxes(Observer):
    ...     count = 0
    ...     def step(self, step):
    ...         self.count += isinstance(step.action, BoxAction)
    >>> images = BlobImages(1, classes=2)
    >>> engine = Engine(images, projector=PcaProjector(), local_projector=PcaProjector(), learner=NoMetric())
    >>> session = AnnotationSession(engine, classes=("background", "object"))
    >>> oracle = Oracle(images.target, session.row_map, classes=2, perception=Perception())
    >>> boxes = Boxes()
    >>> loop = SimulationLoop(session, GreedyBox(), oracle=oracle, observers=(boxes,))
    >>> loop.run()
    >>> 0 < boxes.count <= loop.actions
    True
    """

    def __init__(
        self,
        session: AnnotationSession,
        robot: Robot,
        *,
        oracle: Oracle | Reader,
        motor: Motor | None = None,
        task: str = "foreground",
        seed: int = 0,
        observers: Sequence[Observer] = (),
        max_actions: int = 100_000,
        max_seconds: float | None = None,
        charge_refusals: bool = False,
    ) -> None:
        if max_actions < 1 or (max_seconds is not None and not max_seconds > 0):
            raise InputError(
                f"max_actions={max_actions}, max_seconds={max_seconds}: positive limits are needed"
            )
        self.session, self.robot, self.oracle, self.task = session, robot, oracle, task
        self.motor, self.seed = motor or Motor(), seed
        self.observers = tuple(observers)
        self.max_actions, self.max_seconds, self.charge_refusals = max_actions, max_seconds, charge_refusals

    @property
    def human_seconds(self) -> float:
        """Human seconds so far, those of refused actions included."""
        return self.session.human_seconds + self.refused_seconds

    @property
    def cut(self) -> bool:
        """Whether a limit is reached."""
        late = self.max_seconds is not None and (
            self.human_seconds >= self.max_seconds * self.session.image_total
        )
        return late or self.actions + self.refusals >= self.max_actions

    def begin(self) -> Observation:
        """Reset the session, and let robot and observers begin.

        Returns:
            the first observation.
        """
        self.actions, self.refusals, self.refused_seconds = 0, 0, 0.0
        observation = self.session.reset()
        if isinstance(self.oracle, Reader):
            self.oracle.reset()
        self.robot.begin(
            self.oracle, Queries(self.session), clock=self.session.clock, task=self.task, seed=self.seed
        )
        for observer in self.observers:
            observer.begin(self.session, observation)
        return observation

    def take(self, meant: Action, observation: Observation) -> Observation:
        """Carry out one action and tell the observers.

        Args:
            meant: what is to be done.
            observation: what was shown when it was decided on.

        Returns:
            the observation afterwards.

        Raises:
            InputError: the action is not possible, and refusals are not charged.
        """
        before = self.session.state
        try:
            action = self._carried_out(meant, observation)
            result = self.session.step(action)
        except InputError as error:
            self.refuse(str(error), error)
            return observation
        self.actions += 1
        if isinstance(self.oracle, Reader):
            self.oracle.noticed(action)
        step = Step(self.actions, meant, action, before, self.session.state, result)
        for observer in self.observers:
            observer.step(step)
        return result.observation

    def refuse(self, reason: str, error: InputError) -> None:
        """Charge the time to decide on an action that is not possible.

        Args:
            reason: in words, for the observers.
            error: raised where refusals are not charged.

        Raises:
            InputError: refusals are not charged.
        """
        if not self.charge_refusals:
            raise error
        seconds = self.session.clock.decide
        self.refusals += 1
        self.refused_seconds += seconds
        for observer in self.observers:
            observer.refused(reason, seconds)

    def run(self) -> None:
        """Begin, act until the session is over or a limit is reached, end.

        Raises:
            InputError: an action of the robot's is not possible, and refusals are not charged.
        """
        try:
            observation = self.begin()
            while not (self.session.done or self.cut):
                observation = self._act(observation)
            for observer in self.observers:
                observer.end(self.session)
        except BaseException:
            for observer in self.observers:
                observer.failed()
            raise

    def _act(self, observation: Observation) -> Observation:
        try:
            meant = self.robot.act(observation)
        except InputError as error:
            self.refuse(str(error), error)
            return observation
        return self.take(meant, observation)

    def _carried_out(self, meant: Action, observation: Observation) -> Action:
        """What the hand does for an action that was meant: corners and drags may miss, all else succeeds."""
        draws = {"step": self.actions + self.refusals + 1, "seed": self.seed}
        if isinstance(meant, LabelRadius):
            return replace(meant, pixels=self.motor.drag(meant.pixels, **draws))
        if not isinstance(meant, BoxAction):
            return meant
        shown = observation.shown
        points, open_ = observation.canvas[shown], observation.labels[shown] < 0
        if isinstance(meant, Zoom):
            box = self.motor.zoom(meant.box, observation.pointer, **draws)
        elif observation.visible is None:
            box = self.motor.draw(points, open_, meant.box, observation.pointer, **draws)
        else:
            if not isinstance(
                meant, LabelBox | RefineBox
            ):  # the others are drawn around labelled thumbnails too
                open_ = np.ones_like(open_)
            visible = observation.visible[shown][open_]
            box = self.motor.draw_in_view(points[open_], visible, meant.box, observation.pointer, **draws)
        return replace(meant, box=box)
