r"""Play episodes of the Gymnasium environment with a policy.

fsannot play
fsannot play experiment=davis data_root=<folder> episodes=5 \
    policy._target_=my_policy.MyPolicy ~policy.caution ~policy.least    # those are the example's

Writes episodes.csv, config.yaml and, for each episode, episode_<n>/ into the run directory: the files of a run, as
annotate.py's, for fsannot report runs=[<run directory>/episode_0,<a robot's run>].
"""

from __future__ import annotations

from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from fsannot.evaluation.rows import write_atomically
from fsannot.programs.program import report_errors
from fsannot.studies.policy_episodes import episodes_csv, make_policy, make_setting, policy_name, run_episodes


@report_errors("play")
def main(cfg: DictConfig) -> None:
    """Play episodes of the Gymnasium environment with a policy, on any dataset.

    Args:
        cfg: composed by Hydra from ``conf/play.yaml`` and the command line.
    """
    folder = Path(HydraConfig.get().runtime.output_dir)
    setting = make_setting(cfg)
    policy = make_policy(cfg, setting.made.dataset.task)
    config = OmegaConf.to_yaml(cfg, resolve=True)
    write_atomically(folder / "config.yaml", config.encode())
    done = run_episodes(
        setting,
        policy,
        method=cfg.method or policy_name(policy),
        episodes=cfg.episodes,
        seed=cfg.seed,
        folder=folder,
        config=config,
    )
    written = episodes_csv(done)
    write_atomically(folder / "episodes.csv", written.encode())
    print(written, end="")
    print(folder / "episodes.csv")
