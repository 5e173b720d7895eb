"""Play episodes of the Gymnasium environment with a policy, on any dataset.

python experiments/play.py
python experiments/play.py experiment=davis data_root=<folder> episodes=5 policy._target_=my_policy.MyPolicy

Writes episodes.csv and config.yaml into the run directory.
"""

from __future__ import annotations

from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from fsannot.data.errors import InputError
from fsannot.evaluation.rows import write_atomically
from fsannot.pipeline.play import episodes_csv, make_environment, make_policy, play
from fsannot.pipeline.program import report_errors


@hydra.main(version_base="1.3", config_path="pkg://fsannot.conf", config_name="play")
@report_errors
def main(cfg: DictConfig) -> None:
    if not isinstance(cfg.episodes, int) or isinstance(cfg.episodes, bool) or cfg.episodes < 1:
        raise InputError(f"episodes={cfg.episodes!r}: a whole number ≥ 1 is needed")
    folder = Path(HydraConfig.get().runtime.output_dir)
    env = make_environment(cfg)
    policy = make_policy(cfg, env.task)
    written = episodes_csv(play(env, policy, episodes=cfg.episodes, seed=cfg.seed))
    write_atomically(folder / "config.yaml", OmegaConf.to_yaml(cfg, resolve=True).encode())
    write_atomically(folder / "episodes.csv", written.encode())
    print(written, end="")
    print(folder / "episodes.csv")


if __name__ == "__main__":
    main()
