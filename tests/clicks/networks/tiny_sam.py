"""The SAM family as folders, with the real classes of ``transformers``, tiny and randomly initialised."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from fsannot.clicks.predictors.sam import Variant

transformers = pytest.importorskip("transformers", reason="the extra `sam` is not installed")

SIDE = 64


def tiny_model(variant: Variant) -> Any:
    decoder = {
        "hidden_size": 32,
        "mlp_dim": 64,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "iou_head_hidden_dim": 32,
    }
    prompt = {"hidden_size": 32, "image_size": SIDE, "mask_input_channels": 4}
    if variant == "sam2":
        trunk = transformers.Sam2HieraDetConfig(
            hidden_size=16,
            num_attention_heads=1,
            image_size=[SIDE, SIDE],
            blocks_per_stage=[1, 1, 2, 1],
            embed_dim_per_stage=[16, 32, 64, 128],
            num_attention_heads_per_stage=[1, 1, 2, 4],
            window_size_per_stage=[4, 2, 2, 2],
            global_attention_blocks=[3],
            window_positional_embedding_background_size=[4, 4],
        )
        vision = transformers.Sam2VisionConfig(
            backbone_config=trunk,
            backbone_channel_list=[128, 64, 32, 16],
            backbone_feature_sizes=[[16, 16], [8, 8], [4, 4]],
            fpn_hidden_size=32,
        )
        config = transformers.Sam2Config(
            vision_config=vision,
            prompt_encoder_config={**prompt, "patch_size": 16},
            mask_decoder_config=decoder,
        )
        return transformers.Sam2Model(config)
    vision = {
        "hidden_size": 32,
        "output_channels": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "image_size": SIDE,
        "patch_size": 8,
        "mlp_dim": 64,
        "window_size": 4,
        "global_attn_indexes": [1],
        "num_pos_feats": 16,
    }
    parts = {"vision_config": vision, "prompt_encoder_config": {**prompt, "patch_size": 8}}
    if variant == "sam":
        return transformers.SamModel(transformers.SamConfig(**parts, mask_decoder_config=decoder))
    hq_decoder = {**decoder, "vit_dim": 32}
    return transformers.SamHQModel(transformers.SamHQConfig(**parts, mask_decoder_config=hq_decoder))


def tiny_processor(variant: Variant) -> Any:
    square, quarter = {"height": SIDE, "width": SIDE}, {"height": SIDE // 4, "width": SIDE // 4}
    if variant == "sam2":
        return transformers.Sam2ImageProcessor(size=square, mask_size=quarter)
    return transformers.SamImageProcessor(
        size={"longest_edge": SIDE}, pad_size=square, mask_size={"longest_edge": 32}, mask_pad_size=quarter
    )


def write_folder(variant: Variant, folder: Path) -> None:
    """Model and processor as ``SAMPredictor`` reads them."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = tiny_model(variant)
    with torch.no_grad():  # random decoders answer with almost no contrast
        for parameter in model.mask_decoder.parameters():
            parameter.mul_(4)
    model.save_pretrained(folder)
    tiny_processor(variant).save_pretrained(folder)
