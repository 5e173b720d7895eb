"""IoU per instance of a foreground mask that does not tell instances apart."""

from __future__ import annotations

import numpy as np
from skimage.measure import label as connected_components

from fsannot.data.errors import InputError


def instance_ious(mask: np.ndarray, instances: np.ndarray) -> dict[int, float]:
    """IoU of every instance with the part of the mask that is about it.

    A foreground mask has no instances. Pixels of other instances are taken out of it, and of what remains an
    instance is compared with the connected components (4-neighbourhood) that touch it: a roof is not blamed for
    its neighbour, but it is for the street between them.

    Args:
        mask: bool (H, W).
        instances: int32 (H, W), 0 = none, 1..K.

    Returns:
        IoU in [0, 1] by instance number, in rising order.
    """
    if mask.shape != instances.shape or mask.dtype != np.bool_:
        raise InputError(
            f"mask must be bool {instances.shape} like the instances, got {mask.dtype} {mask.shape}"
        )
    scores = {}
    for number in np.unique(instances[instances > 0]).tolist():
        own = instances == number
        candidate = connected_components(mask & (own | (instances == 0)), connectivity=1)
        touching = np.unique(candidate[own & (candidate > 0)])
        predicted = np.isin(candidate, touching) & (candidate > 0)
        scores[number] = float((predicted & own).sum() / (predicted | own).sum())
    return scores
