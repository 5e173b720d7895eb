"""Draw docs/picture.png from a finished run: images, projection with labels, masks.

python experiments/annotate.py experiment=quickstart hydra.run.dir=outputs/picture
python scripts/picture.py outputs/picture docs/picture.png
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from fsannot.evaluation.rows import write_atomically
from fsannot.report.palette import UNLABELLED, class_colour, rgb
from fsannot.runs.directory import RunDirectory, read_run
from fsannot.runs.gallery import Example, nearest
from fsannot.runs.masks import read_mask
from fsannot.runs.thumbnails import SHEET

ROWS = 3
SHOWN = 160
"""Thumbnails drawn; more would hide one another."""


def draw(run: RunDirectory) -> bytes:
    """PNG of three columns: images, the last projection with its labels, masks over the images."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    if run.session is None or len(run.gallery) < ROWS:
        sys.exit(f"{run.path}: the picture needs a session and at least {ROWS} example images")
    figure = Figure(figsize=(9.6, 3.9), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(ROWS, 3, width_ratios=(1, 3.4, 1))
    for row, example in enumerate(run.gallery[:ROWS]):
        image = np.asarray(Image.open(io.BytesIO(example.jpeg)))
        for column, picture in ((0, image), (2, masked(run, example, image))):
            axes = figure.add_subplot(grid[row, column])
            axes.imshow(picture)
            axes.set_axis_off()
            if row == 0:
                axes.set_title("images" if column == 0 else "masks", fontsize=10)
    projection(run, figure.add_subplot(grid[:, 1]))
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=100, metadata={"Software": None})
    small = Image.open(data).convert("RGB").quantize(192, dither=Image.Dither.NONE)
    out = io.BytesIO()
    small.save(out, "PNG", optimize=True)
    return out.getvalue()


def masked(run: RunDirectory, example: Example, image: np.ndarray) -> np.ndarray:
    """The image with what was labelled as object in its colour."""
    mask = nearest(read_mask(run.path, example.id), (image.shape[0], image.shape[1]))
    out = image.astype(float)
    out[mask > 0] = 0.35 * out[mask > 0] + 0.65 * np.array(rgb(class_colour(1)))
    out[mask <= 0] *= 0.75
    return out.astype(np.uint8)


def projection(run: RunDirectory, axes: object) -> None:
    """Thumbnails at their places, framed in the colour of their label."""
    from matplotlib.axes import Axes
    from matplotlib.offsetbox import AnnotationBbox, OffsetImage

    assert isinstance(axes, Axes) and run.session is not None
    record, atlas = run.session
    places, labels = record.positions[-1], record.labels[-1]
    sheets = [np.asarray(Image.open(io.BytesIO(sheet)).convert("RGB")) for sheet in atlas.sheets]
    per_side = SHEET // atlas.tile
    there = np.flatnonzero(np.isfinite(places).all(1) & (atlas.place >= 0))
    # the largest segments are what a person would look at
    there = there[np.argsort(-record.area[there], kind="stable")][:SHOWN]
    for k in there[::-1]:
        sheet, cell = divmod(int(atlas.place[k]), per_side**2)
        y, x = (atlas.tile * v for v in divmod(cell, per_side))
        tile = sheets[sheet][y : y + atlas.tile, x : x + atlas.tile]
        colour = class_colour(int(labels[k])) if labels[k] >= 0 else UNLABELLED
        box = OffsetImage(tile, zoom=18 / atlas.tile)
        frame = {"edgecolor": colour, "linewidth": 1.6, "boxstyle": "square,pad=0.05"}
        axes.add_artist(AnnotationBbox(box, tuple(places[k]), pad=0.05, bboxprops=frame))
    low, high = places[there].min(0), places[there].max(0)
    margin = 0.04 * (high - low)
    axes.set(xlim=(low[0] - margin[0], high[0] + margin[0]), ylim=(high[1] + margin[1], low[1] - margin[1]))
    axes.set(xticks=[], yticks=[])
    axes.set_title("segments of all images in one projection, labelled box by box", fontsize=10)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python scripts/picture.py <run directory> <output.png>")
    write_atomically(Path(sys.argv[2]), draw(read_run(sys.argv[1])))
