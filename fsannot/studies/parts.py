"""The parts of a run by the words of the command line: ``edges("hed")`` is what ``edges=hed`` builds.

Every function takes the name of a file in ``conf/<group>/`` and further settings of the part by name. Without a name it
builds the default of ``conf/annotate.yaml`` or ``conf/clicks.yaml``. Settings of a part inside a part are given as a
mapping: ``features("timm", backbone={"name": "resnet18"})``. A wrong name, an unknown setting and a value of the wrong
type raise ``InputError`` with the sentence of the command line.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from fsannot.clicks.clicker import Clicker
from fsannot.clicks.predictor import ClickPredictor
from fsannot.configuration.compose import build_part
from fsannot.data.dataset import Dataset
from fsannot.edges.model import EdgeModel
from fsannot.features.segment_extractor import SegmentExtractor
from fsannot.finishing.finisher import Finisher
from fsannot.hierarchy.partitioner import Partitioner
from fsannot.human.clock import Clock
from fsannot.human.confusion import Confusion
from fsannot.human.motor import Motor
from fsannot.human.perception import Perception
from fsannot.metric_learning.learner import MetricLearner
from fsannot.projection.projector import Projector
from fsannot.robots.robot import Robot
from fsannot.studies.click_run import ClickProtocol


def dataset(choice: str | None = None, *, data_root: Path | str | None = None, **settings: Any) -> Dataset:
    """A dataset, ``dataset=<choice>``.

    Args:
        choice: such as ``"davis"``; see ``conf/dataset/``.
        data_root: folder that holds the folders of all datasets; ``root`` names the folder of this one instead.
        settings: of the dataset, such as ``groups=["bear"]`` or ``limit=20``.

    Raises:
        InputError: see the module.
        DatasetError: its files are not there or not as they should be.

    Example:
        >>> dataset("synthetic", images=2, size=[48, 64]).ids
        ('group-00/0000', 'group-00/0001')
    """
    return cast(Dataset, build_part("dataset", choice, settings, shared={"data_root": data_root}))


def edges(
    choice: str | None = None, *, device: str | None = None, seed: int | None = None, **settings: Any
) -> EdgeModel:
    """An edge model, ``edges=<choice>``: image → boundary strength.

    Args:
        choice: such as ``"poolnet_lite"``; see ``conf/edges/``.
        device: ``"auto"`` (default), ``"cpu"``, ``"cuda"`` or ``"cuda:<index>"``.
        seed: of models that draw at random; the program's ``seed``.
        settings: of the model.

    Raises:
        InputError: see the module.
        MissingWeightsError: the weights are not there.

    Example:
        >>> edges("gradient").name
        'gradient'
    """
    return cast(EdgeModel, build_part("edges", choice, settings, shared={"device": device, "seed": seed}))


def hierarchy(
    choice: str | None = None, *, device: str | None = None, seed: int | None = None, **settings: Any
) -> Partitioner:
    """What partitions images, ``hierarchy=<choice>``: edge map → segments.

    Args:
        choice: the criterion, such as ``"dynamics"``; see ``conf/hierarchy/``.
        device: as of :func:`edges`; of criteria that look at features of the image.
        seed: of those features' weights where they are drawn at random; the program's ``seed``.
        settings: ``threshold``, ``min_strength``.

    Raises:
        InputError: see the module.

    Example:
        >>> hierarchy("area", threshold=30).criterion
        'area'
    """
    shared = {"device": device, "seed": seed}
    return cast(Partitioner, build_part("hierarchy", choice, settings, shared=shared))


def features(
    choice: str | None = None, *, device: str | None = None, seed: int | None = None, **settings: Any
) -> SegmentExtractor:
    """What describes segments, ``features=<choice>``: segments → unit vectors.

    Args:
        choice: such as ``"pooled_lite0"``; see ``conf/features/``.
        device: as of :func:`edges`.
        seed: of weights drawn at random; the program's ``seed``.
        settings: of the extractor.

    Raises:
        InputError: see the module.
        MissingWeightsError: the weights are not there.

    Example:
        >>> features("pooled_lite0", device="cpu").dim
        472
    """
    shared = {"device": device, "seed": seed}
    return cast(SegmentExtractor, build_part("features", choice, settings, shared=shared))


def projection(choice: str | None = None, **settings: Any) -> Projector:
    """A projection, ``projection=<choice>``: features → positions in the plane.

    Args:
        choice: such as ``"umap_learn"``, or ``"umap_local"`` for the local one; see ``conf/projection/``.
        settings: such as ``n_neighbors=15``.

    Raises:
        InputError: see the module.

    Example:
        >>> projection("umap_learn", n_neighbors=5).n_neighbors
        5
    """
    return cast(Projector, build_part("projection", choice, settings))


def local_projection(choice: str | None = None, **settings: Any) -> Projector:
    """The projection of a focused subset, ``projection@local_projection=<choice>``.

    Args:
        choice: of ``conf/projection/``; ``"umap_local"`` by default.
        settings: as of :func:`projection`.

    Raises:
        InputError: see the module.
    """
    return cast(Projector, build_part("local_projection", choice, settings))


def metric(choice: str | None = None, **settings: Any) -> MetricLearner:
    """A metric learner, ``metric=<choice>``: labels given so far → better features.

    Args:
        choice: ``"head"``, ``"backbone"`` or ``"none"``.
        settings: of the learner.

    Raises:
        InputError: see the module.
    """
    return cast(MetricLearner, build_part("metric", choice, settings))


def robot(choice: str | None = None, **settings: Any) -> Robot:
    """A simulated annotator's plan of action, ``robot=<choice>``.

    Args:
        choice: such as ``"expert"``; see ``conf/robot/``.
        settings: such as ``min_rate=0.003``.

    Raises:
        InputError: see the module.
    """
    return cast(Robot, build_part("robot", choice, settings))


def clock(choice: str | None = None, **settings: Any) -> Clock:
    """What actions cost a person, ``clock=<choice>``.

    Args:
        choice: ``"human"``, ``"paper"`` or ``"zero"``.
        settings: seconds of its parts, see :class:`~fsannot.human.clock.Clock`.

    Raises:
        InputError: see the module.

    Example:
        >>> clock("human", key=0.2).key
        0.2
    """
    return cast(Clock, build_part("clock", choice, settings))


def perception(choice: str | None = None, **settings: Any) -> Perception | Confusion:
    """How well a person sees, ``perception=<choice>``: a ``Confusion``, or a ``Perception`` for version 1.

    Args:
        choice: such as ``"human"`` or ``"perfect"``; see ``conf/perception/``.
        settings: error rates.

    Raises:
        InputError: see the module.
    """
    return cast(Perception | Confusion, build_part("perception", choice, settings))


def motor(choice: str | None = None, **settings: Any) -> Motor:
    """How well a person draws, ``motor=<choice>``.

    Args:
        choice: ``"exact"`` or ``"fitts"``.
        settings: of the motor.

    Raises:
        InputError: see the module.
    """
    return cast(Motor, build_part("motor", choice, settings))


def baseline(
    choice: str | None = None, *, device: str | None = None, seed: int | None = None, **settings: Any
) -> ClickPredictor:
    """A click baseline, ``baseline=<choice>``: clicks → mask.

    Args:
        choice: such as ``"watershed"`` or ``"lite"``; see ``conf/baseline/``.
        device: as of :func:`edges`.
        seed: of baselines that draw at random; the program's ``seed``.
        settings: of the baseline, such as ``weights="<file>"``.

    Raises:
        InputError: see the module.
        MissingWeightsError: the weights are not there.
    """
    shared = {"device": device, "seed": seed}
    made = build_part("baseline", choice, settings, shared=shared, program="clicks")
    return cast(ClickPredictor, made)


def finishing(
    choice: str | None = None, *, device: str | None = None, seed: int | None = None, **settings: Any
) -> Finisher:
    """What makes masks of labels after the session, ``finishing=<choice>``.

    Args:
        choice: ``"none"``, ``"guided"`` or ``"clicks"``; see ``conf/finishing/``.
        device: as of :func:`edges`.
        seed: of weights drawn at random; the program's ``seed``.
        settings: of the finisher.

    Raises:
        InputError: see the module.
        MissingWeightsError: the weights are not there.

    Example:
        >>> finishing("guided", radius=2).radius
        2
    """
    shared = {"device": device, "seed": seed}
    return cast(Finisher, build_part("finishing", choice, settings, shared=shared))


def clicker(choice: str | None = None, *, seed: int | None = None, **settings: Any) -> Clicker:
    """Where a simulated annotator clicks, ``clicker=<choice>``.

    Args:
        choice: ``"centre"``.
        seed: of its random draws; the program's ``seed``.
        settings: of the clicker.

    Raises:
        InputError: see the module.
    """
    return cast(Clicker, build_part("clicker", choice, settings, shared={"seed": seed}, program="clicks"))


def protocol(choice: str | None = None, **settings: Any) -> ClickProtocol:
    """How often and until when objects are clicked, ``protocol=<choice>``.

    Args:
        choice: ``"full"``.
        settings: such as ``max_clicks=5``.

    Raises:
        InputError: see the module.
    """
    return cast(ClickProtocol, build_part("protocol", choice, settings, program="clicks"))
