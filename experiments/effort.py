"""Quality against human seconds an image, robots and click baselines in one figure and one table.

python experiments/effort.py data_root=<folder that holds DAVIS>
python experiments/effort.py dataset=[davis,camvid] robot=[greedy_box] baseline=[watershed] data_root=<folder>

Writes effort.csv, effort.md, effort.tex (area under the curve, seconds to 0.85 and 0.90, paired differences to
the first robot), effort_curves.csv, a figure for each dataset, and report.html; the runs it needed lie under
runs/. Started again with the same hydra.run.dir it keeps what is finished.
"""

from __future__ import annotations

from omegaconf import DictConfig

from fsannot.pipeline.effort_table import effort
from fsannot.pipeline.program import report_errors
from fsannot.pipeline.tables import TableProgram


@report_errors("effort")
def main(cfg: DictConfig) -> None:
    program = TableProgram(cfg)
    program.finish(effort(program))


if __name__ == "__main__":
    main()
