"""The paper's Cityscapes experiment: agreement, hours, and how many times faster than polygons and clicks.

python experiments/cityscapes.py data_root=<folder that holds Cityscapes>
python experiments/cityscapes.py dataset=[camvid] robot=greedy_box data_root=<folder>

Writes cityscapes.csv, cityscapes.md, cityscapes.tex, cityscapes-provenance.json and report.html; the runs it needed
lie under runs/. Started again with the same hydra.run.dir it keeps what is finished.
"""

from __future__ import annotations

from omegaconf import DictConfig

from fsannot.pipeline.paper_tables import cityscapes
from fsannot.pipeline.program import report_errors
from fsannot.pipeline.tables import TableProgram


@report_errors("cityscapes")
def main(cfg: DictConfig) -> None:
    program = TableProgram(cfg)
    program.finish(cityscapes(program))


if __name__ == "__main__":
    main()
