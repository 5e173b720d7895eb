"""Where a training runs: one device, several of one machine, or several machines."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import torch
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig
from pytorch_lightning.strategies import DDPStrategy

from fsannot.data.errors import DeviceError, InputError
from fsannot.device import resolve_device

STRATEGIES = ("auto", "ddp")


@dataclass(frozen=True)
class TrainingDevices:
    """Devices of a training, as Lightning's ``Trainer`` takes them.

    Gradients are averaged over all of them; a BatchNorm that is trained looks at each one's views apart, and the
    first one's running statistics are what is kept and validated (DDP hands them to the others).

    Args:
        device: ``auto``, ``cpu``, ``cuda`` or, for a single one, ``cuda:<index>``.
        devices: GPUs of each machine, the first so many; on the CPU, processes.
        num_nodes: machines. The program has to be started on each of them, by ``torchrun`` or SLURM's ``srun``.
        strategy: ``ddp``, or ``auto``: that where there are several devices, and none where there is one.

    Raises:
        InputError: a value that is not valid, or another number of processes than was started.
        DeviceError: no such GPU, or fewer than ``devices``.
    """

    device: str = "auto"
    devices: int = 1
    num_nodes: int = 1
    strategy: str = "auto"

    def __post_init__(self) -> None:
        for name in ("devices", "num_nodes"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise InputError(f"{name}={value!r} is not valid; a whole number ≥ 1 is needed")
        if self.strategy not in STRATEGIES:
            raise InputError(f"strategy={self.strategy!r} is not valid; choose {' or '.join(STRATEGIES)}")
        if self.distributed and self.torch_device.index is not None:
            raise InputError(
                f"device={self.device} names one GPU, with devices={self.devices}, num_nodes={self.num_nodes}, "
                f"strategy={self.strategy}; set device=cuda, and CUDA_VISIBLE_DEVICES to choose GPUs"
            )
        if self.torch_device.type == "cuda" and self.devices > torch.cuda.device_count():
            raise DeviceError(
                f"devices={self.devices}: this machine has {torch.cuda.device_count()} GPU(s); set devices to that "
                "or less, or device=cpu for processes on the CPU"
            )
        self._check_processes()

    @classmethod
    def of(cls, cfg: DictConfig) -> TrainingDevices:
        """Those of a training program's configuration."""
        return cls(cfg.device, cfg.devices, cfg.num_nodes, cfg.strategy)

    @property
    def torch_device(self) -> torch.device:
        """The kind of device, with its index where one is named."""
        return resolve_device(self.device)

    @property
    def world(self) -> int:
        """Devices of all machines."""
        return self.devices * self.num_nodes

    @property
    def distributed(self) -> bool:
        """Whether processes talk to each other, be it one alone."""
        return self.world > 1 or self.strategy == "ddp"

    def trainer_options(self, *, unused_parameters: bool) -> dict[str, Any]:
        """Arguments of Lightning's ``Trainer``.

        Args:
            unused_parameters: some parameters have no part in the loss; the processes must not wait for their
                gradients.
        """
        cuda = self.torch_device.type == "cuda"
        options: dict[str, Any] = {
            "accelerator": "gpu" if cuda else "cpu",
            "devices": self.devices,
            "num_nodes": self.num_nodes,
            "use_distributed_sampler": False,  # the samplers know their share themselves
        }
        if self.distributed:
            options["strategy"] = DDPStrategy(find_unused_parameters=unused_parameters)
        elif cuda:
            options["devices"] = [self.torch_device.index or 0]
        return options

    def _check_processes(self) -> None:
        started = started_processes(self.distributed)
        if started is not None and started != self.world:
            raise InputError(
                f"devices={self.devices}, num_nodes={self.num_nodes} are {self.world} processes, and {started} were "
                "started (torchrun --nnodes × --nproc-per-node, or SLURM's nodes × tasks per node); make them agree"
            )
        if self.num_nodes > 1 and started is None and "NODE_RANK" not in os.environ:
            raise InputError(
                f"num_nodes={self.num_nodes}: nothing says which of them this machine is; start the program on each "
                "with torchrun or srun, see docs/scale.md"
            )
        if not HydraConfig.initialized() or self.world == 1:
            return
        hydra = HydraConfig.get()
        if started is None and hydra.mode == RunMode.MULTIRUN:
            raise InputError(
                f"devices={self.devices} in a sweep (-m): each further process would start the sweep again; "
                "start the trainings one by one"
            )
        if started is not None and hydra.mode == RunMode.RUN:
            given = [o.lstrip("+") for o in hydra.overrides.hydra]
            if not any(o.startswith("hydra.run.dir=") for o in given):
                raise InputError(
                    "hydra.run.dir is not given: processes that are started apart must agree on it; set it to a "
                    "folder that all machines see"
                )


def started_processes(distributed: bool) -> int | None:
    """How many processes ``torchrun`` or ``srun`` started.

    A job of several SLURM tasks may also start a program that trains alone.

    Args:
        distributed: whether the training runs in several processes.

    Returns:
        their number, or None where this process starts the others itself.
    """
    if torch.distributed.is_torchelastic_launched():
        return int(os.environ["WORLD_SIZE"])
    interactive = os.environ.get("SLURM_JOB_NAME") in ("bash", "interactive")  # as Lightning tells them apart
    if distributed and "SLURM_NTASKS" in os.environ and not interactive:
        return int(os.environ["SLURM_NTASKS"])
    return None
