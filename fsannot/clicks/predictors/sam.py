"""Segment Anything, HQ-SAM and SAM 2 through ``transformers``, from a local folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from fsannot.clicks.click import Click
from fsannot.clicks.predictors.network import NetworkPredictor
from fsannot.data.errors import CheckpointMismatchError, DeviceError, InputError, MissingWeightsError
from fsannot.weights import check_content, check_finite, digest_file

Variant = Literal["sam", "hq_sam", "sam2"]
Multimask = Literal["always", "first"]

VARIANTS = {  # class in transformers, model types of its folders, where folders are published
    "sam": ("SamModel", {"sam"}, "facebook/sam-vit-base, -large, -huge"),
    "hq_sam": ("SamHQModel", {"sam_hq"}, "syscv-community/sam-hq-vit-base, -large, -huge"),
    "sam2": ("Sam2Model", {"sam2", "sam2_video"}, "facebook/sam2.1-hiera-tiny, -small, -base-plus, -large"),
}
LOGIT_LIMIT = 32.0  # SAM 2's own predictor clamps the logits it feeds back to ±32


class SAMPredictor(NetworkPredictor):
    """A promptable model of the Segment Anything family.

    The image is embedded once per episode. Each click sends all clicks so far with the low-resolution logits of the
    last answer. Of several proposed masks, the one with the highest predicted IoU is taken.

    Kirillov et al., ICCV 2023, arXiv:2304.02643; Ke et al., NeurIPS 2023, arXiv:2306.01567; Ravi et al., 2024,
    arXiv:2408.00714.

    Args:
        weights: folder with ``config.json``, ``preprocessor_config.json`` (or ``processor_config.json``) and
            safetensors. Nothing is downloaded and no pickle is read.
        variant: ``sam``, ``hq_sam`` or ``sam2``.
        multimask: ``always`` proposes several masks at every click; ``first`` at the first click only, and one later.
        threshold: a pixel is object where its probability is above it; 0.5 is logit 0 of the models.
        device: see ``resolve_device``.

    Raises:
        InputError: an option outside its domain.
        DeviceError: ``transformers`` is not installed.
        MissingWeightsError: the folder or one of its files is missing.
        CheckpointMismatchError: the folder holds another model, or tensors that are truncated or do not fit.

    Examples:
        >>> predictor = SAMPredictor(weights="sam-vit-base", variant="sam")  # doctest: +SKIP
    """

    def __init__(
        self,
        *,
        weights: str | Path | None = None,
        variant: Variant = "sam",
        multimask: Multimask = "always",
        threshold: float = 0.5,
        device: str = "auto",
    ) -> None:
        if variant not in VARIANTS:
            raise InputError(f"sam: variant={variant!r} is not valid; choose {', '.join(VARIANTS)}")
        if multimask not in ("always", "first"):
            raise InputError(f"sam: multimask={multimask!r} is not valid; choose always or first")
        self.name, self.variant, self.multimask = variant, variant, multimask
        super().__init__(threshold=threshold, device=device)
        self._files = model_files(weights, variant=variant)
        model, self._processor = load_model(self._files[0].parent, variant=variant)
        self._model = model.eval().requires_grad_(False).to(self.device)

    def _settings(self) -> dict[str, object]:
        return {"multimask": self.multimask}

    def _weights_digest(self) -> str:
        return hashlib.sha256("".join(digest_file(file) for file in self._files).encode()).hexdigest()

    def _begin(self, image: np.ndarray) -> None:
        self._full = (image.shape[0], image.shape[1])
        inputs = self._processor(images=image, return_tensors="pt", input_data_format="channels_last")
        pixels = inputs["pixel_values"].to(self.device)
        self._padded = (pixels.shape[2], pixels.shape[3])
        # SAM 2 squashes the image to the square, the others fit its long side and pad
        used = inputs["reshaped_input_sizes"][0].tolist() if self.variant != "sam2" else self._padded
        self._used = (int(used[0]), int(used[1]))
        embedded = self._model.get_image_embeddings(pixels)
        self._embedding: dict[str, Any] = {"image_embeddings": embedded}
        if self.variant == "hq_sam":
            self._embedding = {"image_embeddings": embedded[0], "intermediate_embeddings": embedded[1]}
        self._last: Tensor | None = None

    def _probability(self, clicks: Sequence[Click]) -> np.ndarray:
        factors = (self._used[1] / self._full[1], self._used[0] / self._full[0])
        places = torch.tensor([[c.x * factors[0], c.y * factors[1]] for c in clicks], dtype=torch.float32)
        labels = torch.tensor([int(c.positive) for c in clicks])
        answer = self._model(
            input_points=places[None, None].to(self.device),
            input_labels=labels[None, None].to(self.device),
            input_masks=self._last,
            multimask_output=self.multimask == "always" or self._last is None,
            **self._embedding,
        )
        best = int(answer.iou_scores[0, 0].argmax())
        logits = answer.pred_masks[0, 0, best][None, None].float()  # (1, 1, h, w)
        self._last = logits.clamp(-LOGIT_LIMIT, LOGIT_LIMIT) if self.variant == "sam2" else logits
        return self._in_image(logits).sigmoid()[0, 0].cpu().numpy()

    def _in_image(self, logits: Tensor) -> Tensor:
        """Low-resolution logits at the image's size, without the padding."""
        if self.variant != "sam2":
            logits = F.interpolate(logits, self._padded, mode="bilinear", align_corners=False)
            logits = logits[:, :, : self._used[0], : self._used[1]]
        return F.interpolate(logits, self._full, mode="bilinear", align_corners=False)


def model_files(weights: str | Path | None, *, variant: Variant) -> list[Path]:
    """The files of a model folder.

    Args:
        weights: the folder, or None where none is set.
        variant: ``sam``, ``hq_sam`` or ``sam2``.

    Returns:
        ``config.json`` first, then the settings of the processor and the tensors.

    Raises:
        MissingWeightsError: no folder is set, or it lacks one of them.
        CheckpointMismatchError: its config is unreadable or names another kind of model.
    """
    _, kinds, published = VARIANTS[variant]
    remedy = f"download a folder such as {published} from huggingface.co and set baseline.weights=<folder>"
    if weights is None:
        raise MissingWeightsError(f"{variant}: no weights are set; {remedy}")
    folder = Path(weights).expanduser()
    config = folder / "config.json"
    processors = [folder / "preprocessor_config.json", folder / "processor_config.json"]
    tensors = sorted(folder.glob("*.safetensors"))
    if not config.is_file():
        raise MissingWeightsError(
            f"{variant}: no model folder at {folder} (config.json is not there); {remedy}"
        )
    if not tensors or not any(file.is_file() for file in processors):
        wanted = "*.safetensors" if not tensors else "preprocessor_config.json"
        raise MissingWeightsError(f"{variant}: {folder} has no {wanted}; {remedy}")
    try:
        kind = json.loads(config.read_text()).get("model_type")
    except (json.JSONDecodeError, UnicodeDecodeError, AttributeError) as error:
        raise CheckpointMismatchError(
            f"{config}: not a model's config ({error}); download it again"
        ) from error
    if kind not in kinds:
        raise CheckpointMismatchError(
            f"{folder}: holds a model of type {kind!r}, {variant} needs {' or '.join(sorted(kinds))}"
        )
    for file in tensors:
        check_content(file, "safetensors")
    return [config, *(file for file in processors if file.is_file()), *tensors]


def load_model(folder: Path, *, variant: Variant) -> tuple[Any, Any]:
    """Load a folder that ``model_files`` accepted.

    Args:
        folder: of the model.
        variant: ``sam``, ``hq_sam`` or ``sam2``.

    Returns:
        model and image processor.

    Raises:
        DeviceError: ``transformers`` is not installed.
        CheckpointMismatchError: tensors are truncated, missing or of another shape.
    """
    if find_spec("transformers") is None:
        raise DeviceError(
            f"{variant}: the package transformers is not installed; run pip install '.[sam]' in fsannot's checkout"
        )
    import transformers
    from safetensors import SafetensorError
    from transformers.utils import logging as hub_logging

    kind = getattr(transformers, VARIANTS[variant][0])
    bars = hub_logging.is_progress_bar_enabled()
    hub_logging.disable_progress_bar()  # log files are no terminal
    try:
        model, loading = kind.from_pretrained(
            folder, local_files_only=True, use_safetensors=True, output_loading_info=True
        )
        processor = transformers.AutoImageProcessor.from_pretrained(folder, local_files_only=True)
    except (SafetensorError, OSError, RuntimeError, ValueError) as error:
        raise CheckpointMismatchError(f"{folder}: cannot be loaded as {variant} ({error})") from error
    finally:
        if bars:
            hub_logging.enable_progress_bar()
    missing, shapes = sorted(loading["missing_keys"]), sorted(str(key) for key in loading["mismatched_keys"])
    if missing or shapes:  # transformers would go on with random numbers in their place
        raise CheckpointMismatchError(
            f"{folder}: does not fit {VARIANTS[variant][0]}: {len(missing)} tensors missing {missing[:3]}, "
            f"{len(shapes)} of another shape {shapes[:3]}; is it the right folder for this model?"
        )
    check_finite(model.state_dict(), source=str(folder))
    return model, processor
