"""What one job of a program does with its configuration: used by the programs, by sweeps and by tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from fsannot.configuration.build import build, instantiate_parts
from fsannot.data.errors import InputError
from fsannot.evaluation.results import Summary
from fsannot.studies.annotation import run_annotation
from fsannot.studies.click_baseline import run_click_baseline
from fsannot.studies.majority import run_majority


def annotate_job(cfg: DictConfig) -> Summary:
    """Run an annotation session, as ``conf/annotate.yaml`` describes it.

    Args:
        cfg: composed and checked.

    Returns:
        content of ``summary.json``.
    """
    return run_annotation(**instantiate_parts(cfg))


def annotate_repeats(cfg: DictConfig) -> Iterator[tuple[Summary, Path]]:
    """Run as many annotation sessions as ``repeats`` of a search says, one after the other; one outside of a search.

    Their seeds are ``seed``, ``seed + 1``, …; the second and later lie in folders ``seed-<seed>`` of the first.

    Args:
        cfg: composed and checked.

    Returns:
        summary and folder of each, as it ends.
    """
    repeats = cfg.get("repeats", 1)
    yield annotate_job(cfg), Path(HydraConfig.get().runtime.output_dir)
    for seed in range(cfg.seed + 1, cfg.seed + repeats):
        again = cfg.copy()
        again.seed = seed
        folder = Path(HydraConfig.get().runtime.output_dir) / f"seed-{seed}"
        yield run_annotation(**instantiate_parts(again, folder)), folder


def clicks_job(cfg: DictConfig) -> Summary:
    """Run a click baseline, as ``conf/clicks.yaml`` describes it.

    Args:
        cfg: composed and checked.

    Returns:
        content of ``summary.json``.
    """
    parts = {
        name: build(cfg, name)
        for name in ("dataset", "baseline", "clicker", "protocol", "clock", "finishing")
    }
    # an edge model that is not needed need not have its weights
    needed = parts["baseline"].needs_edges or parts["finishing"].needs_edges
    edges = build(cfg, "edges") if needed else None
    return run_click_baseline(
        **parts,
        edges=edges,
        folder=Path(HydraConfig.get().runtime.output_dir),
        cache=Path(cfg.cache),
        batch_size=cfg.batch_size,
        seed=cfg.seed,
        chosen_on=cfg.chosen_on,
        loggers=[build(cfg, f"logger.{name}") for name in cfg.logger],
        config=OmegaConf.to_container(cfg, resolve=True),  # type: ignore[arg-type]
    )


def majority_job(cfg: DictConfig) -> Summary:
    """Measure majority labels of a partition: the parts of ``conf/annotate.yaml`` up to the hierarchy.

    Args:
        cfg: composed and checked.

    Returns:
        content of ``summary.json``.
    """
    return run_majority(
        dataset=build(cfg, "dataset"),
        edges=build(cfg, "edges"),
        hierarchy=build(cfg, "hierarchy"),
        finishing=build(cfg, "finishing"),
        folder=Path(HydraConfig.get().runtime.output_dir),
        cache=Path(cfg.cache),
        workers=cfg.workers,
        batch_size=cfg.batch_size,
        seed=cfg.seed,
        chosen_on=cfg.chosen_on,
        config=OmegaConf.to_container(cfg, resolve=True),  # type: ignore[arg-type]
    )


JOBS: dict[str, tuple[str, Callable[[DictConfig], Summary]]] = {
    "annotate": ("annotate", annotate_job),
    "clicks": ("clicks", clicks_job),
    "majority": ("annotate", majority_job),
}
"""Kind of run → primary config and job."""


def price_per_second(cfg: DictConfig) -> float:
    """``price_per_second`` of a configuration.

    Args:
        cfg: composed.

    Returns:
        quality per human second, ≥ 0.

    Raises:
        InputError: not a number ≥ 0.
    """
    price = cfg.price_per_second
    if isinstance(price, bool) or not isinstance(price, int | float) or not 0 <= price < float("inf"):
        raise InputError(f"price_per_second={price!r}: quality per human second, a number ≥ 0, is needed")
    return float(price)


def objective(summary: Summary, price: float) -> float:
    """What a search maximizes: mean IoU or agreement − ``price`` × human seconds per image.

    Args:
        summary: of the run.
        price: of a human second per image, ≥ 0.

    Returns:
        at most 1.
    """
    quality = summary.iou_mean if summary.iou_mean is not None else summary.agreement
    return float(quality or 0.0) - price * summary.human_seconds_per_image
