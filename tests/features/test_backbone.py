from pathlib import Path

import pytest
import timm
import torch
from torch import nn

from fsannot.data.errors import (
    CheckpointMismatchError,
    InputError,
    MissingWeightsError,
    UnsafeCheckpointError,
)
from fsannot.features.backbone import Backbone
from fsannot.features.batch_norm import fold_batch_norm

CPU = torch.device("cpu")


class Malicious:
    """Unpickled by a careless loader, it would leave a file behind."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return (Path.touch, (self.path,))


def test_packaged_weights_have_their_own_normalisation() -> None:
    backbone = Backbone(name="tf_efficientnet_lite0", weights="packaged")
    assert backbone.dim == 1280
    assert backbone.mean == backbone.std == (0.5, 0.5, 0.5)


@pytest.mark.parametrize(
    ("name", "dim"), [("hrnet_w18_small", 2048), ("resnet18", 512), ("mobilenetv3_small_050", 1024)]
)
def test_any_timm_model_by_name(name: str, dim: int) -> None:
    backbone = Backbone(name=name, weights="random", seed=0)
    assert backbone.dim == dim
    image = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        plain, folded = backbone.trainable().eval(), backbone.inference(CPU, torch.float32)
        features = folded(image)
        assert features.shape == (2, dim)
        torch.testing.assert_close(features, plain(image), rtol=1e-3, atol=1e-4)
    assert not any(isinstance(m, nn.BatchNorm2d) for m in folded.modules())
    assert any(isinstance(m, nn.BatchNorm2d) for m in plain.modules())


def test_random_weights_follow_the_seed_and_leave_the_global_generator_alone() -> None:
    state = torch.get_rng_state()
    first, same, other = (
        Backbone(name="resnet10t", weights="random", seed=s).fingerprint() for s in (0, 0, 1)
    )
    assert first == same != other
    assert torch.equal(torch.get_rng_state(), state)


def test_a_checkpoint_with_classifier_loads_from_a_path(tmp_path: Path) -> None:
    full = timm.create_model("resnet10t", num_classes=7)
    torch.save({"state_dict": full.state_dict()}, tmp_path / "weights.pth")
    backbone = Backbone(name="resnet10t", weights=tmp_path / "weights.pth")
    loaded = backbone.trainable().state_dict()
    assert all(torch.equal(loaded[k], v) for k, v in full.state_dict().items() if not k.startswith("fc."))


def test_bad_checkpoints_are_named(tmp_path: Path) -> None:
    torch.save(timm.create_model("resnet10t").state_dict(), tmp_path / "other.pth")
    torch.save([1, 2], tmp_path / "list.pth")
    torch.save(Malicious(tmp_path / "executed"), tmp_path / "malicious.pth")
    for file, error in (
        ("missing.pth", MissingWeightsError),
        ("other.pth", CheckpointMismatchError),
        ("list.pth", CheckpointMismatchError),
        ("malicious.pth", UnsafeCheckpointError),
    ):
        with pytest.raises(error, match=file):
            Backbone(name="resnet18", weights=tmp_path / file).fingerprint()
    assert not (tmp_path / "executed").exists()


def test_hub_weights_that_cannot_be_had_come_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def unreachable(*args: object, **kwargs: object) -> None:
        raise ConnectionError("no route")

    monkeypatch.setattr("timm.models._builder.load_state_dict_from_hf", unreachable)
    with pytest.raises(MissingWeightsError, match=r"features\.backbone\.weights=<path>"):
        Backbone(name="hrnet_w18_small", weights="hub").fingerprint()


def test_bad_settings() -> None:
    with pytest.raises(InputError, match="hrnet_w18_small"):
        Backbone(name="hrnet_w18_smal")
    with pytest.raises(InputError, match="packaged"):
        Backbone(name="resnet18", weights="packaged")
    with pytest.raises(InputError, match="pool"):
        Backbone(name="resnet18", pool="mean")  # type: ignore[arg-type]


class SharedConvolution(nn.Module):
    """One convolution is also used before its norm and another runs twice: neither may be folded."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)
        self.twice, self.norm_twice = nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.conv(x)
        y = self.norm(y) + y
        for _ in range(2):
            y = self.norm_twice(self.twice(y))
        return y.mean((2, 3))


def test_unsafe_folds_are_not_made() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = SharedConvolution().eval()
    for norm in (network.norm, network.norm_twice):
        norm.running_mean.fill_(0.3)
        norm.running_var.fill_(2.0)
    image = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        torch.testing.assert_close(fold_batch_norm(network)(image), network(image))
