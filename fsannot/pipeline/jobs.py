"""What one job of a program does with its configuration: used by the programs, by sweeps and by tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from fsannot.data.errors import InputError
from fsannot.evaluation.results import Summary
from fsannot.pipeline.assemble import run_annotation
from fsannot.pipeline.click_assembly import run_click_baseline
from fsannot.pipeline.majority import run_majority
from fsannot.pipeline.program import build, instantiate_parts


def annotate_job(cfg: DictConfig) -> Summary:
    """One annotation session, as ``conf/annotate.yaml`` describes it."""
    return run_annotation(**instantiate_parts(cfg))


def annotate_repeats(cfg: DictConfig) -> Iterator[tuple[Summary, Path]]:
    """As many annotation sessions as ``repeats`` of a search says, one after the other; one outside of a search.

    Their seeds are ``seed``, ``seed + 1``, …; the second and later lie in folders ``seed-<seed>`` of the first. With
    each summary comes its folder.
    """
    repeats = cfg.get("repeats", 1)
    yield annotate_job(cfg), Path(HydraConfig.get().runtime.output_dir)
    for seed in range(cfg.seed + 1, cfg.seed + repeats):
        again = cfg.copy()
        again.seed = seed
        folder = Path(HydraConfig.get().runtime.output_dir) / f"seed-{seed}"
        yield run_annotation(**instantiate_parts(again, folder)), folder


def clicks_job(cfg: DictConfig) -> Summary:
    """One click baseline, as ``conf/clicks.yaml`` describes it."""
    parts = {name: build(cfg, name) for name in ("dataset", "baseline", "clicker", "protocol", "clock")}
    # an edge model that is not needed need not have its weights
    edges = build(cfg, "edges") if parts["baseline"].needs_edges else None
    return run_click_baseline(
        **parts,
        edges=edges,
        folder=Path(HydraConfig.get().runtime.output_dir),
        cache=Path(cfg.cache),
        batch_size=cfg.batch_size,
        seed=cfg.seed,
        loggers=[build(cfg, f"logger.{name}") for name in cfg.logger],
        config=OmegaConf.to_container(cfg, resolve=True),  # type: ignore[arg-type]
    )


def majority_job(cfg: DictConfig) -> Summary:
    """Majority labels of a partition: the parts of ``conf/annotate.yaml`` up to the hierarchy."""
    return run_majority(
        dataset=build(cfg, "dataset"),
        edges=build(cfg, "edges"),
        hierarchy=build(cfg, "hierarchy"),
        folder=Path(HydraConfig.get().runtime.output_dir),
        cache=Path(cfg.cache),
        workers=cfg.workers,
        batch_size=cfg.batch_size,
        seed=cfg.seed,
        config=OmegaConf.to_container(cfg, resolve=True),  # type: ignore[arg-type]
    )


JOBS: dict[str, tuple[str, Callable[[DictConfig], Summary]]] = {
    "annotate": ("annotate", annotate_job),
    "clicks": ("clicks", clicks_job),
    "majority": ("annotate", majority_job),
}
"""Kind of run → primary config and job."""


def second_price(cfg: DictConfig) -> float:
    """``second_price`` of a configuration; raises ``InputError`` where it is not a number ≥ 0."""
    price = cfg.second_price
    if isinstance(price, bool) or not isinstance(price, int | float) or not 0 <= price < float("inf"):
        raise InputError(f"second_price={price!r}: quality per human second, a number ≥ 0, is needed")
    return float(price)


def objective(summary: Summary, price: float) -> float:
    """What a search maximizes: mean IoU or agreement − ``price`` × human seconds per image."""
    quality = summary.iou_mean if summary.iou_mean is not None else summary.agreement
    return float(quality or 0.0) - price * summary.user_seconds_per_image
