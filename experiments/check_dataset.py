"""Print a dataset's expected tree, what is there, and what is missing; exit status 1 when it is incomplete.

python experiments/check_dataset.py dataset=davis dataset.root=<folder>
python experiments/check_dataset.py dataset=icoseg data_root=<folder that holds iCoseg> decode=false
"""

from __future__ import annotations

import sys
from typing import Any

import hydra
from omegaconf import DictConfig, OmegaConf

from fsannot.data.check import check
from fsannot.data.errors import InputError
from fsannot.programs.program import report_errors


@hydra.main(version_base="1.3", config_path="pkg://fsannot.conf", config_name="check_dataset")
@report_errors
def main(cfg: DictConfig) -> None:
    if not isinstance(cfg.decode, bool):
        raise InputError(f"decode={cfg.decode!r} is not valid; choose true or false")
    options: Any = OmegaConf.to_container(cfg.dataset, resolve=True)
    dataset_class = hydra.utils.get_class(options.pop("_target_"))
    try:
        report = check(lambda: dataset_class(**options), decode=cfg.decode)
    except TypeError as error:  # an option the class does not have
        raise InputError(f"dataset: {error}; see conf/dataset/ for the options there are") from error
    print(report.text)
    if not report.complete:
        sys.exit(1)


if __name__ == "__main__":
    main()
