"""fsannot: feature space annotation, by people and by simulated annotators, measured in seconds and mask quality."""

__version__ = "0.2.0"

ROOMS = (
    "arguments", "progress", "data", "device", "lanes", "weights_content", "weights", "lite0", "edges", "hierarchy",
    "segments", "features", "metric_learning", "projection", "human", "networks", "clicks", "annotation", "robots",
    "evaluation", "configuration", "precompute", "runs", "simulation", "training", "report", "studies", "benchmarks",
    "programs",
)  # fmt: skip
"""The rooms of the package in the order data flows through them; each imports only rooms that stand before it."""
