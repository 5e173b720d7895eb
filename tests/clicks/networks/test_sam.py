"""The SAM family with the real classes of ``transformers``, tiny and randomly initialised."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from fsannot.clicks.click import Click
from fsannot.clicks.predictors.sam import SAMPredictor, Variant
from fsannot.data.errors import CheckpointMismatchError, InputError, MissingWeightsError
from tests.clicks.networks.tiny_sam import SIDE, tiny_processor, transformers, write_folder

VARIANTS: list[Variant] = ["sam", "hq_sam", "sam2"]
CLICKS = [Click(3, 4, True), Click(20, 30, False), Click(35, 45, True)]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[Variant, Path]:
    saved: dict[Variant, Path] = {variant: tmp_path_factory.mktemp(variant) for variant in VARIANTS}
    for variant, folder in saved.items():
        write_folder(variant, folder)
    return saved


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)


def episode(predictor: SAMPredictor, image: np.ndarray) -> list[np.ndarray]:
    predictor.start(image)
    return [predictor.predict(CLICKS[: k + 1]) for k in range(len(CLICKS))]


@pytest.mark.parametrize("variant", VARIANTS)
def test_an_episode(folders: dict[Variant, Path], image: np.ndarray, variant: Variant) -> None:
    predictor = SAMPredictor(weights=folders[variant], variant=variant, device="cpu")
    first = episode(predictor, image)
    for answer in first:
        assert answer.shape == (40, 50)
        assert answer.dtype == np.float32
        assert 0 <= answer.min() < answer.max() <= 1
    for a, b in zip(first, episode(predictor, image), strict=True):
        np.testing.assert_array_equal(a, b)
    predictor.start(image)
    assert not np.array_equal(predictor.predict(CLICKS), first[-1])  # the last answer is fed back


@pytest.mark.parametrize("variant", VARIANTS)
def test_agrees_with_the_library_s_own_processing(
    folders: dict[Variant, Path], image: np.ndarray, variant: Variant
) -> None:
    """One click through transformers' documented pipeline: processor, model, post-processing."""
    answer = SAMPredictor(weights=folders[variant], variant=variant, device="cpu")
    answer.start(image)
    ours = answer.predict(CLICKS[:1])
    kinds = {"sam": "SamProcessor", "hq_sam": "SamHQProcessor", "sam2": "Sam2Processor"}
    processor = getattr(transformers, kinds[variant])(tiny_processor(variant))
    places, labels = [[[[CLICKS[0].x, CLICKS[0].y]]]], [[[1]]]
    if variant == "sam":
        places, labels = places[0], labels[0]
    processor.target_size = SIDE
    inputs = processor(images=image, input_points=places, input_labels=labels, return_tensors="pt")
    model, sizes = answer._model, [inputs["original_sizes"]]
    if variant != "sam2":
        sizes.append(inputs["reshaped_input_sizes"])
    with torch.no_grad():
        output = model(
            **{k: v for k, v in inputs.items() if k in ("pixel_values", "input_points", "input_labels")}
        )
    masks = processor.image_processor.post_process_masks([output.pred_masks[0]], *sizes, binarize=False)[0]
    best = int(output.iou_scores[0, 0].argmax())
    np.testing.assert_allclose(ours, masks[0, best].sigmoid().numpy(), atol=1e-5)


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_image_is_embedded_once(
    folders: dict[Variant, Path], image: np.ndarray, variant: Variant
) -> None:
    predictor = SAMPredictor(weights=folders[variant], variant=variant, device="cpu")
    passes = []
    predictor._model.vision_encoder.register_forward_hook(lambda *_: passes.append(1))
    episode(predictor, image)
    assert len(passes) == 1


def test_a_single_mask_later(folders: dict[Variant, Path], image: np.ndarray) -> None:
    proposals = []
    predictor = SAMPredictor(weights=folders["sam"], multimask="first", device="cpu")
    predictor._model.mask_decoder.register_forward_hook(lambda *a: proposals.append(a[2][0].shape[2]))
    episode(predictor, image)
    assert proposals == [3, 1, 1]


def test_missing_folders_and_files_are_named(tmp_path: Path, folders: dict[Variant, Path]) -> None:
    for weights in (None, tmp_path / "nowhere", tmp_path):
        with pytest.raises(MissingWeightsError, match=r"baseline\.weights="):
            SAMPredictor(weights=weights, device="cpu")
    (tmp_path / "config.json").write_text((folders["sam"] / "config.json").read_text())
    (tmp_path / "pytorch_model.bin").write_bytes(b"a pickle is not read")
    with pytest.raises(MissingWeightsError, match="safetensors"):
        SAMPredictor(weights=tmp_path, device="cpu")


def test_the_wrong_model_is_named(folders: dict[Variant, Path]) -> None:
    with pytest.raises(CheckpointMismatchError, match="'sam'"):
        SAMPredictor(weights=folders["sam"], variant="sam2", device="cpu")


def test_truncated_and_unfitting_tensors_are_named(tmp_path: Path, folders: dict[Variant, Path]) -> None:
    for file in folders["sam"].iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    tensors = tmp_path / "model.safetensors"
    whole = tensors.read_bytes()
    tensors.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CheckpointMismatchError, match="cannot be loaded"):
        SAMPredictor(weights=tmp_path, device="cpu")
    tensors.write_bytes(whole)
    config = json.loads((tmp_path / "config.json").read_text())
    config["vision_config"]["num_hidden_layers"] = 3
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointMismatchError, match="tensors missing"):
        SAMPredictor(weights=tmp_path, device="cpu")


@pytest.mark.parametrize("option", [{"variant": "sam3"}, {"multimask": "never"}])
def test_options_outside_their_domain_are_named(option: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(option))):
        SAMPredictor(device="cpu", **option)


@pytest.mark.parametrize("variant", VARIANTS)
def test_tensors_that_are_not_finite_are_named(variant: Variant, tmp_path: Path) -> None:
    write_folder(variant, tmp_path)
    (file,) = tmp_path.glob("*.safetensors")
    state = load_file(file)
    name = next(n for n, t in state.items() if n.endswith("bias"))
    state[name][0] = float("nan")
    save_file(state, file, metadata={"format": "pt"})
    with pytest.raises(CheckpointMismatchError, match="1 tensors hold NaN or infinity"):
        SAMPredictor(weights=tmp_path, variant=variant, device="cpu")
