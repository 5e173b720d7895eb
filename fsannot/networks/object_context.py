"""Object-contextual representations (Yuan et al., ECCV 2020, arXiv:1909.11065) for one object."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def norm_relu(width: int) -> nn.Sequential:
    """BatchNorm of ``width`` channels and ReLU."""
    return nn.Sequential(nn.BatchNorm2d(width), nn.ReLU(inplace=True))


def projection(inputs: int, outputs: int, layers: int) -> nn.Sequential:
    """A 1×1 convolution, BatchNorm and ReLU, repeated.

    Args:
        inputs: channels of the input.
        outputs: channels of each layer.
        layers: number of repetitions.

    Returns:
        the layers.
    """
    parts: list[nn.Module] = []
    for n in range(layers):
        parts += [nn.Conv2d(inputs if n == 0 else outputs, outputs, 1, bias=False), norm_relu(outputs)]
    return nn.Sequential(*parts)


def gather_objects(features: Tensor, logits: Tensor) -> Tensor:
    """Mean features of each object, weighted by the spatial softmax of its logits.

    Args:
        features: float (B, C, h, w).
        logits: float (B, K, h, w), of K objects.

    Returns:
        float (B, C, K, 1).
    """
    weights = logits.flatten(2).softmax(dim=2)  # (B, K, hw)
    return torch.matmul(weights, features.flatten(2).transpose(1, 2)).transpose(1, 2).unsqueeze(3)


class ObjectAttention(nn.Module):
    """Attention of each pixel to the representations of the objects.

    Args:
        inputs: channels C of features and objects.
        keys: channels of keys, queries and values.
    """

    def __init__(self, inputs: int, keys: int) -> None:
        super().__init__()
        self.keys = keys
        self.f_pixel = projection(inputs, keys, 2)
        self.f_object = projection(inputs, keys, 2)
        self.f_down = projection(inputs, keys, 1)
        self.f_up = projection(keys, inputs, 1)

    def forward(self, features: Tensor, objects: Tensor) -> Tensor:
        """Context of each pixel.

        Args:
            features: float (B, C, h, w).
            objects: float (B, C, K, 1).

        Returns:
            float (B, C, h, w).
        """
        query = self.f_pixel(features).flatten(2).transpose(1, 2)  # (B, hw, keys)
        key = self.f_object(objects).flatten(2)  # (B, keys, K)
        value = self.f_down(objects).flatten(2).transpose(1, 2)  # (B, K, keys)
        attention = (self.keys**-0.5 * torch.matmul(query, key)).softmax(dim=-1)
        context = torch.matmul(attention, value).transpose(1, 2).contiguous()
        return self.f_up(context.view(features.shape[0], self.keys, *features.shape[2:]))


class ObjectContext(nn.Module):
    """Features joined with their object context.

    Args:
        width: channels C of the features.
        keys: channels of the attention's keys.
    """

    def __init__(self, width: int, keys: int) -> None:
        super().__init__()
        self.object_context_block = ObjectAttention(width, keys)
        self.conv_bn_dropout = nn.Sequential(
            nn.Conv2d(2 * width, width, 1, bias=False), norm_relu(width), nn.Dropout2d(0.05)
        )

    def forward(self, features: Tensor, objects: Tensor) -> Tensor:
        """Features with their context.

        Args:
            features: float (B, C, h, w).
            objects: float (B, C, K, 1).

        Returns:
            float (B, C, h, w).
        """
        context = self.object_context_block(features, objects)
        return self.conv_bn_dropout(torch.cat([context, features], dim=1))
