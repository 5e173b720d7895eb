"""Vary each constant of the human model, and draw what that does to the result.

fsannot sensitivity preset=davis common=[dataset=davis_report5] data_root=<folder> hydra.run.dir=outputs/sensitivity
fsannot sensitivity constants=[clock.look,perception.alike] seeds=[0,1]

The same command after an interruption goes on where it was.
"""

from __future__ import annotations

from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from fsannot.data.errors import InputError
from fsannot.evaluation.effort import CurvePoint, read_curve
from fsannot.evaluation.rows import write_atomically, write_rows
from fsannot.programs.program import report_errors
from fsannot.progress import counted
from fsannot.report.tornado import VariedRow, draw_tornado, quality_at, tornado_table, varied_rows
from fsannot.studies.repeated_runs import annotation_run
from fsannot.studies.varied_constants import variants


@report_errors("sensitivity")
def main(cfg: DictConfig) -> None:
    """Each constant of the human model times some factors: quality at a moment, and seconds to a quality.

    Args:
        cfg: composed by Hydra from ``conf/sensitivity.yaml`` and the command line.

    Raises:
        InputError: a constant that is not there, no seed or no factor.
    """
    folder = Path(HydraConfig.get().runtime.output_dir)
    if not cfg.seeds or not cfg.factors:
        raise InputError("seeds and factors: at least one of each is needed")
    common = [f"experiment={cfg.preset}", f"data_root={cfg.data_root}", *cfg.common]
    named = list(cfg.constants) if cfg.constants is not None else None
    planned = variants(common, named, [float(factor) for factor in cfg.factors])
    curves: dict[tuple[str, float], list[list[CurvePoint]]] = {}
    runs = [(seed, variant) for seed in cfg.seeds for variant in planned]
    for seed, variant in counted(runs, "finished", unit="run"):
        run = folder / "runs" / f"{variant.folder}-{seed}"
        annotation_run([*common, *variant.overrides, f"seed={seed}"], run)
        curves.setdefault((variant.constant, variant.factor), []).append(read_curve(run / "curve.csv"))
    rows = varied_rows(curves, moment=float(cfg.moment), target=float(cfg.target))
    beside = (
        None
        if cfg.clicks is None
        else quality_at(read_curve(Path(cfg.clicks) / "curve.csv"), float(cfg.moment))
    )
    measure = next(iter(curves.values()))[0][0].measure
    table = tornado_table(rows, measure, moment=float(cfg.moment), target=float(cfg.target), clicks=beside)
    write_rows(folder / "sensitivity.csv", VariedRow, rows)
    write_atomically(folder / "sensitivity.md", table.encode())
    draw_tornado(folder / "tornado.png", rows, measure, moment=float(cfg.moment), clicks=beside)
    print(table)
