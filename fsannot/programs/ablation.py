"""Compare robots, and one robot without some of its abilities, over seeds.

fsannot ablation preset=davis data_root=<folder> hydra.run.dir=outputs/ablation
fsannot ablation preset=camvid data_root=<folder> robots=[expert,greedy_box] seeds=[0,1]
fsannot ablation "common=['hierarchy=dynamics','hierarchy.threshold=0.3']"

The same command after an interruption goes on where it was.

Writes quality over human time.
"""

from __future__ import annotations

import itertools
import re
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from fsannot.data.errors import InputError
from fsannot.evaluation.effort import CurvePoint, read_curve
from fsannot.evaluation.results import ResultRow, read_results
from fsannot.evaluation.rows import write_atomically, write_rows
from fsannot.programs.program import report_errors
from fsannot.progress import counted
from fsannot.report.curves import MethodRow, draw_curves, moments_table, study_rows, study_table, two_level
from fsannot.studies.repeated_runs import annotation_run


@report_errors("ablation")
def main(cfg: DictConfig) -> None:
    """Robots against each other, and one robot without some of its means: quality over human time, over seeds.

    Args:
        cfg: composed by Hydra from ``conf/ablation.yaml`` and the command line.

    Raises:
        InputError: no robot, ablation, seed or moment is asked for.
    """
    folder = Path(HydraConfig.get().runtime.output_dir)
    methods = {str(robot): [f"robot={robot}"] for robot in cfg.robots}
    for name, overrides in cfg.ablations.items():
        methods[f"{cfg.ablated}, {name}"] = [f"robot={cfg.ablated}", *overrides]
    if not methods or not cfg.seeds:
        raise InputError("robots, ablations or seeds: at least one method and one seed are needed")
    if not cfg.moments:
        raise InputError("moments=[]: at least one number of human seconds ≥ 0 is needed")
    curves: dict[str, dict[int, list[CurvePoint]]] = {name: {} for name in methods}
    preparation: dict[str, dict[int, float | None]] = {name: {} for name in methods}
    results: dict[str, list[list[ResultRow]]] = {name: [] for name in methods}
    for seed, name in counted(list(itertools.product(cfg.seeds, methods)), "finished", unit="run"):
        run = folder / "runs" / f"{re.sub('[^a-z0-9]+', '_', name.lower())}-{seed}"
        common = [f"experiment={cfg.preset}", f"data_root={cfg.data_root}", *cfg.common]
        summary = annotation_run([*common, *methods[name], f"seed={seed}"], run)
        preparation[name][seed] = summary.preparation_seconds_per_image
        curves[name][seed] = read_curve(run / "curve.csv")
        results[name].append(read_results(run / "results.csv"))
    ends = [curve[-1].human_seconds_per_image for runs in curves.values() for curve in runs.values()]
    until = float(cfg.until) if cfg.until is not None else max(*ends, 1e-9)
    measure = next(iter(curves[next(iter(methods))].values()))[0].measure
    rows = study_rows(curves, preparation, until)
    table = study_table(rows, measure, {name: two_level(runs) for name, runs in results.items()})
    write_rows(folder / "ablation.csv", MethodRow, rows)
    write_atomically(
        folder / "ablation.md",
        f"{table}\n\nArea up to {until:.2f} human seconds per image.\n\n"
        f"{moments_table(curves, list(cfg.moments))}\n\n"
        "After so many human seconds per image; in brackets the lowest and the highest seed.\n".encode(),
    )
    draw_curves(folder / "curves.png", curves, until, measure)
    print(table)
