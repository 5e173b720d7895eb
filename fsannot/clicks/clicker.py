"""The click robot of the click literature, and its variants."""

from __future__ import annotations

import hashlib
import zlib
from typing import Literal, get_args

import numpy as np

from fsannot.arguments import KeepsArguments
from fsannot.clicks.click import Click
from fsannot.clicks.depth import Depth, Transform, region_depth
from fsannot.data.errors import InputError
from fsannot.data.sample import IGNORE

SignTie = Literal["negative", "positive"]
PlaceTie = Literal["first", "last", "random"]


class Clicker(metaclass=KeepsArguments):
    """A simulated annotator who clicks at the middle of the largest error, measured by its depth.

    The rule is that of Xu et al., *Deep Interactive Object Selection*, CVPR 2016, as f-BRS, RITM and FCANet run it:

    * FN is the missed object and FP the false object, both without ignored pixels.
    * The depth of a pixel is its distance to the nearest pixel outside the error; the image border counts as outside.
    * Pixels that were clicked before have depth 0.
    * The click is positive where the largest depth of FN is above that of FP, and lies on the deepest pixel.

    The first click follows the same rule, from an empty mask. Where no error is left there is no click.

    An episode is ``start(gt)``, then ``click()`` and ``observe(mask)`` in turn. Only this class holds the ground
    truth.

    Args:
        transform: distance transform, ``"exact"`` (f-BRS, FCANet: SciPy's) or ``"opencv"`` (RITM, SimpleClick), see
            ``region_depth``.
        sign_tie: sign of the click where both depths are equal; all published programs click ``"negative"``.
        place_tie: which of several deepest pixels is clicked, in row-major order; published is ``"first"``.
        jitter: 0 clicks the deepest pixel. Above 0, the place is drawn from the pixels of the same error with a
            Gaussian around the deepest one, of standard deviation ``jitter`` times the depth. People aim roughly at
            the middle and miss by more in large regions; real clicks need 6 to 29 % more clicks than central ones
            (Antonov et al., *RClicks*, NeurIPS 2024).
        seed: of ``place_tie="random"`` and ``jitter``. Together with the episode's name it determines every click,
            independently of other episodes.

    Raises:
        InputError: an option outside its domain.

    Examples:
        >>> import numpy as np
        >>> gt = np.zeros((7, 9), bool)
        >>> gt[2:5, 3:6] = True
        >>> clicker = Clicker()
        >>> clicker.start(gt)
        >>> clicker.click()
        Click(y=3, x=4, positive=True)
        >>> clicker.observe(gt)
        1.0
        >>> clicker.click() is None
        True
    """

    def __init__(
        self,
        *,
        transform: Transform = "exact",
        sign_tie: SignTie = "negative",
        place_tie: PlaceTie = "first",
        jitter: float = 0.0,
        seed: int = 0,
    ) -> None:
        for option, value, kind in (
            ("transform", transform, Transform),
            ("sign_tie", sign_tie, SignTie),
            ("place_tie", place_tie, PlaceTie),
        ):
            if value not in get_args(kind):
                raise InputError(f"{option}={value!r} is not valid; choose {' or '.join(get_args(kind))}")
        if not 0.0 <= jitter < np.inf:
            raise InputError(f"jitter={jitter} is not valid; it is a fraction of the depth, 0 or more")
        self.transform: Transform = transform
        self.sign_tie: SignTie = sign_tie
        self.place_tie: PlaceTie = place_tie
        self.jitter = jitter
        self.seed = seed
        self._object: np.ndarray | None = None

    def fingerprint(self) -> str:
        """Hex digest of the settings."""
        settings = (self.transform, self.sign_tie, self.place_tie, self.jitter, self.seed)
        return hashlib.sha256(repr(settings).encode()).hexdigest()

    def start(self, gt: np.ndarray, name: str = "ground truth") -> None:
        """Begin an episode with an empty mask.

        Args:
            gt: bool or int (H, W): 1 object, 0 background, ``IGNORE`` (−1) not measured.
            name: of the image or instance, used in messages and to seed the random draws.

        Raises:
            InputError: ``gt`` has another type, shape or values, or no object, no background or only ignored pixels.
        """
        if gt.ndim != 2 or gt.size == 0 or gt.dtype.kind not in "biu":
            raise InputError(
                f"{name}: ground truth must be a bool or integer (H, W), got {gt.dtype} {gt.shape}"
            )
        low, high = int(gt.min()), int(gt.max())
        if low < IGNORE or high > 1:
            raise InputError(
                f"{name}: ground truth holds values in [{low}, {high}]; valid are 1 object, 0 background, "
                f"{IGNORE} ignored. For instances or classes click one at a time"
            )
        wanted, valid = gt == 1, gt != IGNORE
        size, known = int(np.count_nonzero(wanted)), int(np.count_nonzero(valid))
        if known == 0:
            raise InputError(f"{name}: every pixel of the ground truth is ignored, nothing can be measured")
        if size == 0:
            raise InputError(f"{name}: the ground truth has no object pixel, there is nothing to click")
        if size == known:
            raise InputError(
                f"{name}: the ground truth has no background pixel, a full mask needs no clicking"
            )
        self._object, self._background, self._size = wanted, valid & ~wanted, size
        self._taken: list[tuple[int, int]] = []
        self._rng = np.random.default_rng((self.seed, zlib.crc32(name.encode())))
        self.observe(np.zeros(gt.shape, np.bool_))

    def observe(self, mask: np.ndarray) -> float:
        """Compare a predicted mask with the ground truth; the next click corrects this mask.

        Args:
            mask: bool (H, W), the object.

        Returns:
            IoU over the pixels that are not ignored, in [0, 1].

        Raises:
            InputError: no episode was started, or the mask is not bool or of another size.
        """
        if self._object is None:
            raise InputError("observe() before start(gt)")
        if mask.shape != self._object.shape or mask.dtype != np.bool_:
            raise InputError(
                f"a prediction must be bool {self._object.shape} like the ground truth, "
                f"got {mask.dtype} {mask.shape}"
            )
        self._missed = self._object & ~mask
        self._false = self._background & mask
        missed, false = int(np.count_nonzero(self._missed)), int(np.count_nonzero(self._false))
        return (self._size - missed) / (self._size + false)

    def click(self) -> Click | None:
        """The next click for the mask observed last.

        Returns:
            the click, or None where no error is left on a pixel that was not clicked before.

        Raises:
            InputError: no episode was started.
        """
        if self._object is None:
            raise InputError("click() before start(gt)")
        missed, false = self._depth(self._missed), self._depth(self._false)
        deep, false_deep = missed.maximum(), false.maximum()
        if deep == 0 and false_deep == 0:
            return None
        positive = deep > false_deep
        if deep == false_deep:
            positive = self.sign_tie == "positive"
        y, x = self._place(missed if positive else false)
        self._taken.append((y, x))
        return Click(y, x, positive)

    def _depth(self, region: np.ndarray) -> Depth:
        depth = region_depth(region, self.transform)
        h, w = depth.values.shape
        for y, x in self._taken:
            if 0 <= y - depth.y0 < h and 0 <= x - depth.x0 < w:
                depth.values[y - depth.y0, x - depth.x0] = 0
        return depth

    def _place(self, depth: Depth) -> tuple[int, int]:
        deepest = depth.deepest()
        flat = int(deepest.argmax())  # the first in row-major order
        if self.place_tie != "first":
            tied = np.flatnonzero(deepest)
            flat = int(tied[-1] if self.place_tie == "last" else self._rng.choice(tied))
        y, x = divmod(flat, deepest.shape[1])
        if self.jitter > 0:
            y, x = self._miss(depth.values > 0, y, x, self.jitter * float(depth.values.max()))
        return depth.y0 + y, depth.x0 + x

    def _miss(self, allowed: np.ndarray, y: int, x: int, spread: float) -> tuple[int, int]:
        # beyond four standard deviations a pixel has less than 0.04 % of the centre's chance
        reach = int(np.ceil(4 * spread))
        top, left = max(0, y - reach), max(0, x - reach)
        window = allowed[top : y + reach + 1, left : x + reach + 1]
        rows, columns = np.nonzero(window)
        squared = (rows + top - y) ** 2 + (columns + left - x) ** 2
        chance = np.exp(squared / (-2 * spread**2))
        chosen = int(self._rng.choice(len(rows), p=chance / chance.sum()))
        return top + int(rows[chosen]), left + int(columns[chosen])
