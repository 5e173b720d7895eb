"""What turns the labels of segments into masks that leave the partition."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from fsannot.arguments import KeepsArguments
from fsannot.data.errors import InputError
from fsannot.finishing.boundary import near_boundary


@dataclass(frozen=True, eq=False)
class Finished:
    """The masks of one image.

    Attributes:
        classes: int16 (K,), the classes that occur in the labels, rising; −1 = unlabelled is one of them.
        probability: float32 (K, H, W), of each class, in [0, 1]; they add up to 1.
        labels: int16 (H, W), the class of each pixel, −1 = unlabelled.
    """

    classes: np.ndarray
    probability: np.ndarray
    labels: np.ndarray


class Finisher(metaclass=KeepsArguments):
    """Labels of segments → masks. It sees no ground truth, costs no human time and changes no label.

    The person's word holds: a pixel farther than ``reach`` from the boundary between two classes keeps its class.

    Attributes:
        name: short name used in results.
        reach: pixels, > 0; how far from a boundary a pixel may change.
        needs_edges: whether ``finish`` needs an edge map.
    """

    name: str
    reach: float = 6.0
    needs_edges: bool = False

    @abstractmethod
    def fingerprint(self) -> str:
        """Hex digest of all settings and weights that the masks depend on."""

    @abstractmethod
    def _probability(
        self,
        image: np.ndarray,
        classes: np.ndarray,
        place: np.ndarray,
        label_map: np.ndarray,
        edge_map: np.ndarray | None,
    ) -> np.ndarray:
        """Probability of each class, float32 (K, H, W) in [0, 1].

        Args:
            image: uint8 (H, W, 3), RGB.
            classes: int16 (K,), K ≥ 2.
            place: int (H, W), index in ``classes`` of each pixel's class.
            label_map: int32 (H, W), segments.
            edge_map: float32 (H, W) in [0, 1], or None.
        """

    def finish(
        self,
        image: np.ndarray,
        labels: np.ndarray,
        label_map: np.ndarray,
        edge_map: np.ndarray | None = None,
        *,
        held: np.ndarray | None = None,
    ) -> Finished:
        """Finish one image.

        Args:
            image: uint8 (H, W, 3), RGB.
            labels: int (H, W), class of each pixel, −1 = unlabelled; not changed.
            label_map: int (H, W), the segments that were labelled.
            edge_map: float32 (H, W) in [0, 1]; needed where ``needs_edges`` is set, else ignored.
            held: bool (H, W), pixels that keep their class wherever they lie, such as those that were clicked.

        Returns:
            the masks.

        Raises:
            InputError: arrays that differ in size, labels below −1, or no edge map where one is needed.
        """
        _check(image, labels, label_map, edge_map, self)
        classes, place = np.unique(labels, return_inverse=True)
        place = place.reshape(labels.shape)
        certain = (np.arange(len(classes))[:, None, None] == place).astype(np.float32)
        probability = certain
        if len(classes) > 1:
            near = near_boundary(place, self.reach)
            if held is not None:
                near &= ~held
            made = self._probability(image, classes.astype(np.int16), place, label_map, edge_map)
            probability = np.where(near, made, certain)
        # of equally probable classes the one that the person gave
        best = probability.argmax(0)
        held = np.take_along_axis(probability, place[None], 0)[0] >= probability.max(0)
        return Finished(
            classes.astype(np.int16), probability, classes[np.where(held, place, best)].astype(np.int16)
        )


class NoFinisher(Finisher):
    """The masks are the labels.

    Example:
        >>> labels = np.array([[0, 1], [0, 1]])
        >>> NoFinisher().finish(np.zeros((2, 2, 3), np.uint8), labels, labels).labels
        array([[0, 1],
               [0, 1]], dtype=int16)
    """

    name = "none"

    def fingerprint(self) -> str:
        return "none"

    def _probability(
        self,
        image: np.ndarray,
        classes: np.ndarray,
        place: np.ndarray,
        label_map: np.ndarray,
        edge_map: np.ndarray | None,
    ) -> np.ndarray:
        return (np.arange(len(classes))[:, None, None] == place).astype(np.float32)


def check_amount(value: float, name: str, *, least: float, most: float) -> float:
    """Check a number of a finisher's settings.

    Args:
        value: what should lie in [``least``, ``most``].
        name: of the setting.
        least: smallest valid value.
        most: largest valid value.

    Returns:
        ``value``.

    Raises:
        InputError: it does not.
    """
    if not least <= value <= most:
        raise InputError(f"finishing.{name}={value!r} is not valid; it lies in [{least:g}, {most:g}]")
    return value


def _check(
    image: np.ndarray,
    labels: np.ndarray,
    label_map: np.ndarray,
    edge_map: np.ndarray | None,
    finisher: Finisher,
) -> None:
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise InputError(f"finishing: image must be uint8 (H, W, 3), got {image.dtype} {image.shape}")
    size = image.shape[:2]
    for name, array in (("labels", labels), ("label map", label_map)):
        if array.shape != size or array.dtype.kind not in "iu":
            raise InputError(
                f"finishing: {name} must be integers {size} like the image, got {array.dtype} {array.shape}"
            )
    if labels.min() < -1:
        raise InputError(f"finishing: labels hold {labels.min()}; classes are 0 or more, −1 = unlabelled")
    if finisher.needs_edges and edge_map is None:
        raise InputError(f"finishing={finisher.name} needs edge maps; set edges= to an edge model")
    if edge_map is not None and edge_map.shape != size:
        raise InputError(f"finishing: edge map must be {size} like the image, got {edge_map.shape}")
