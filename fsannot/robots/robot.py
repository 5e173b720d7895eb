"""The interface of all robot users."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from fsannot.annotation.actions import Action
from fsannot.annotation.observation import Observation
from fsannot.annotation.queries import Queries
from fsannot.annotation.reader import Reader
from fsannot.arguments import KeepsArguments
from fsannot.human.clock import Clock
from fsannot.human.oracle import Oracle
from fsannot.robots.beliefs import BeliefModel
from fsannot.robots.sighted_beliefs import SightedBeliefs


class Robot(metaclass=KeepsArguments):
    """A policy: observation → action. It knows the images only through its oracle.

    The constructor takes what stays the same; ``begin`` takes what changes from session to session.
    :class:`fsannot.simulation.loop.SimulationLoop` runs a robot in a session; this is what it does:

    >>> import numpy as np
    >>> from fsannot.annotation.engine import Engine
    >>> from fsannot.annotation.queries import Queries
    >>> from fsannot.annotation.session import AnnotationSession
    >>> from fsannot.human.perception import Perception
    >>> from fsannot.metric_learning.learner import NoMetric
    >>> from fsannot.projection.pca import PcaProjector
    >>> from fsannot.robots.greedy_box import GreedyBox
    >>> squares = np.kron(np.arange(16).reshape(4, 4), np.ones((8, 8), int)).astype(np.int32)
    >>> class Squares:
    ...     threshold = 0.5
    ...     def __len__(self):
    ...         return 1
    ...     def partition(self, image):
    ...         return squares
    ...     def features(self, image, label_map, labels):
    ...         return np.eye(16, dtype=np.float32)[labels], 0.0
    >>> pca = PcaProjector()
    >>> engine = Engine(Squares(), projector=pca, local_projector=pca, learner=NoMetric())
    >>> session = AnnotationSession(engine, classes=("background", "object"))
    >>> observation, done = session.reset(), False
    >>> truth = (squares % 4 > 1).astype(np.int32)  # the right half is object
    >>> perfect = Perception(error_large=0.0, error_small=0.0)
    >>> oracle = Oracle(lambda image: truth, session.row_map, classes=2, perception=perfect)
    >>> robot = GreedyBox()
    >>> robot.begin(oracle, Queries(session), clock=session.clock, task="foreground", seed=0)
    >>> while not done:
    ...     result = session.step(robot.act(observation))
    ...     observation, done = result.observation, result.done
    >>> bool((np.maximum(session.mask(0), 0) == truth).all())
    True
    """

    name: str

    def begin(self, oracle: Oracle | Reader, queries: Queries, *, clock: Clock, task: str, seed: int) -> None:
        """Start a session.

        Args:
            oracle: the robot's eyes: a ``Reader`` under version 2 of the human model, which sees what is legible and
                pays for it; an ``Oracle`` under version 1.
            queries: what it may ask the tool, in addition to the observation.
            clock: prices of actions.
            task: ``"foreground"`` (unlabelled is saved as background) or ``"semantic"``.
            seed: of all random choices.
        """
        self.oracle = oracle
        self.queries = queries
        self.clock = clock
        self.task = task
        self.rng = np.random.default_rng(seed)
        self.belief_model: BeliefModel | SightedBeliefs = (
            SightedBeliefs(oracle, task) if isinstance(oracle, Reader) else BeliefModel(oracle, queries, task)
        )

    @abstractmethod
    def act(self, observation: Observation) -> Action:
        """Choose the next action.

        Args:
            observation: what the tool shows now.

        Returns:
            an action the session accepts.
        """
