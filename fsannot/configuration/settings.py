"""The settings that each program reads, and their types: the schema that its configuration is checked against.

A part (:class:`~fsannot.configuration.value_types.Part`) has a schema of its own, the signature of its class.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from fsannot.configuration.value_types import AtLeast, OfEachRun, Part

Natural = Annotated[int, AtLeast(0)]
Count = Annotated[int, AtLeast(1)]
Positive = Annotated[float, AtLeast(0)]
Parts = dict[str, Part]


class Common(TypedDict):
    """Settings of every program that computes."""

    seed: Natural
    device: str
    data_root: str


class Staged(Common):
    """A program with stages on disk."""

    dataset: Part
    edges: Part
    cache: str
    batch_size: Count


class Hierarchies(Staged):
    """A program that builds hierarchies and features."""

    hierarchy: Part
    features: Part
    workers: Natural


class Session(Hierarchies):
    """A program with an annotation session."""

    projection: Part
    local_projection: Part
    metric: Part
    clock: Part
    perception: Part
    motor: Part
    constrained: bool
    semi_supervised: bool
    first_images: Natural
    batch_images: Natural


class Annotate(Session):
    """``conf/annotate.yaml``; ``trials`` and ``repeats`` belong to a search."""

    robot: Part
    finishing: Part
    chosen_on: str
    logger: Parts
    price_per_second: Positive
    trials: NotRequired[Count]
    repeats: NotRequired[Count]


class Clicks(Staged):
    """``conf/clicks.yaml``."""

    baseline: Part
    clicker: Part
    protocol: Part
    clock: Part
    finishing: Part
    chosen_on: str
    logger: Parts
    price_per_second: Positive


class Table(Session):
    """A table. It may vary datasets, robots and baselines, which are checked in each run."""

    dataset: OfEachRun  # type: ignore[misc]
    robot: OfEachRun
    finishing: Part
    chosen_on: str
    logger: Parts
    price_per_second: Positive
    datasets: list[str]
    settings: list[str]
    runs: list[str]


class Table1(Table):
    """``conf/table1.yaml``."""

    ideal: list[str]


class BaselineTable(Table):
    """A table with click baselines."""

    baseline: OfEachRun
    clicker: Part
    protocol: Part
    baselines: list[str]
    weights: dict[str, str | None]


class Table3(BaselineTable):
    """``conf/table3.yaml``."""

    clicks: list[Count]


class Effort(BaselineTable):
    """``conf/effort.yaml``."""

    robots: list[str]
    seeds: list[Natural]
    budgets: list[float]
    check_seconds: Positive
    until: Positive
    levels: list[float]


class Rerun(Table1):
    """``conf/rerun.yaml``."""

    change: str


class Environment(TypedDict):
    """Arguments of :class:`~fsannot.robots.environment.AnnotationEnv`."""

    grid: int
    price: float
    seconds: float
    steps: int
    coarsest: float


class Play(Session):
    """``conf/play.yaml``."""

    policy: Part
    method: str | None
    environment: Environment
    episodes: Count


class Jobs(TypedDict):
    """A job array."""

    cluster: Literal["local", "slurm", "debug"]
    count: Count
    parameters: dict[str, Any]


class ExtractFeatures(Hierarchies):
    """``conf/extract_features.yaml``."""

    jobs: Jobs


class Scale(Common):
    """``conf/scale.yaml``."""

    dataset: Part
    edges: Part
    hierarchy: Part
    features: Part
    projection: Part
    sizes: list[Count]
    workers: Natural
    batch_size: Count


class Bench(Common):
    """``conf/bench.yaml``."""

    dataset: Part
    edges: Part
    hierarchy: Part
    features: Part
    pooled: Part
    projection: Part
    images: Count
    segments: Count
    repeats: Count
    points: Count


class BenchRobots(TypedDict):
    """``conf/bench_robots.yaml``."""

    robot: Part
    clock: Part
    perception: Part
    seed: Natural
    task: Literal["foreground", "semantic"]
    classes: Count
    segments: list[Count]
    max_actions: Count


class Sensitivity(TypedDict):
    """``conf/sensitivity.yaml``."""

    preset: str
    data_root: str
    common: list[str]
    seeds: list[Natural]
    constants: list[str] | None
    factors: list[Positive]
    moment: Positive
    target: Positive
    clicks: str | None


class Ablation(TypedDict):
    """``conf/ablation.yaml``."""

    preset: str
    data_root: str
    common: list[str]
    seeds: list[Natural]
    robots: list[str]
    ablated: str
    ablations: dict[str, list[str]]
    until: Positive | None
    moments: list[Positive]


class PublishedSetting(TypedDict):
    """A setting of the paper, with its published time (seconds) and quality."""

    overrides: list[str]
    seconds: float | None
    quality: float | None


class Calibrate(TypedDict):
    """``conf/calibrate.yaml``."""

    common: list[str]
    seed: Natural
    clocks: list[str]
    perceptions: list[str]
    settings: dict[str, PublishedSetting]
    data_root: str


class EvaluateEdges(Common):
    """``conf/evaluate_edges.yaml``."""

    edges: Part
    split: str
    limit: Count | None
    thresholds: Count
    tolerance: float
    workers: Count


class PartitionBound(Common):
    """``conf/partition_bound.yaml``."""

    dataset: Part
    models: list[str]
    criteria: list[str]
    min_strength: float
    segments: list[Count]


class Training(Common):
    """A training program."""

    devices: Count
    num_nodes: Count
    strategy: str
    precision: Literal["auto", "fp32", "bf16"]
    resume: bool
    training_logger: Literal["csv", "tensorboard", "wandb"]
    wandb_mode: Literal["offline", "online"]


class EdgeTraining(TypedDict):
    """A file of ``conf/edge_training/``."""

    data: Part
    training: Part
    epochs: Count
    accumulate: Count


class TrainEdges(Training):
    """``conf/train_edges.yaml``."""

    edge_training: EdgeTraining
    edge_network: Part
    validation_score: Literal["benchmark", "quick"]
    grid_images: Natural


class ClickTraining(TypedDict):
    """A file of ``conf/click_training/``."""

    data: Part
    training: Part
    epochs: Count
    validate_every: Count


class TrainClicks(Training):
    """``conf/train_clicks.yaml``."""

    click_training: ClickTraining
    click_network: Part


class CheckDataset(TypedDict):
    """``conf/check_dataset.yaml``."""

    dataset: Part
    data_root: str
    decode: bool


class Report(TypedDict):
    """``conf/report.yaml``."""

    runs: list[str]
    output: str
    title: str


class Replay(TypedDict):
    """``conf/replay.yaml``."""

    runs: list[str]
    cache: str


class Studio(Hierarchies):
    """``conf/studio.yaml``."""

    projection: Part
    local_projection: Part
    metric: Part
    clock: Part
    semi_supervised: bool
    first_images: Count
    batch_images: Count
    port: Natural
    open_browser: bool


class Rehearse(TypedDict):
    """``conf/rehearse.yaml``."""

    run: str | None
    cache: str


class SearchReport(TypedDict):
    """``conf/search_report.yaml``."""

    study: str | None
    output: str | None


class ClickTable(TypedDict):
    """``conf/click_table.yaml``."""

    runs: list[str]
    published: str | None
    output: str | None


class Export(TypedDict):
    """``conf/export.yaml``."""

    run: str | None
    formats: list[str]
    output: str | None


class Stress(TypedDict):
    """``conf/stress.yaml``."""

    campaign: str
    only: list[str]
    cases: Count
    first: Natural
    seed: Natural
    seconds: Positive
    megabytes: Count


PROGRAMS: dict[str, type] = {
    "ablation": Ablation,
    "sensitivity": Sensitivity,
    "annotate": Annotate,
    "bench": Bench,
    "bench_robots": BenchRobots,
    "calibrate": Calibrate,
    "check_dataset": CheckDataset,
    "cityscapes": Table,
    "click_table": ClickTable,
    "clicks": Clicks,
    "effort": Effort,
    "evaluate_edges": EvaluateEdges,
    "export": Export,
    "extract_features": ExtractFeatures,
    "partition_bound": PartitionBound,
    "play": Play,
    "rehearse": Rehearse,
    "replay": Replay,
    "report": Report,
    "rerun": Rerun,
    "scale": Scale,
    "search_report": SearchReport,
    "stress": Stress,
    "studio": Studio,
    "table1": Table1,
    "table2": Table,
    "table3": Table3,
    "train_clicks": TrainClicks,
    "train_edges": TrainEdges,
}
"""Name of a program, which is its configuration's, and its schema."""
