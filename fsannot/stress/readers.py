"""Every reader of files that fsannot did not just write itself: how a good file is made, and what reads it.

There is no reader of XML: the only XML in the package is written (for CVAT), or of pytest's own making.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from scipy.io import savemat

from fsannot.annotation.actions import LabelBox, LabelInImage, Split
from fsannot.annotation.state import Snapshot, State, load_snapshot, save_snapshot
from fsannot.annotation.trace import TraceStep, read_trace
from fsannot.data.bsds import BSDS500
from fsannot.data.decode import read_labels, read_rgb
from fsannot.data.listing import read_list
from fsannot.data.photo import read_photo
from fsannot.data.rooftop import draw_polygons, read_polygons
from fsannot.data.sample import Sample
from fsannot.data.sbd import read_instances
from fsannot.edges.hed import keras_names, read_keras_weights
from fsannot.evaluation.click_paths import ClickPaths, read_click_paths, write_click_paths
from fsannot.evaluation.effort import CurvePoint, read_curve, write_curve
from fsannot.evaluation.image_curves import ImageCurves, read_image_curves, write_image_curves
from fsannot.evaluation.results import (
    ResultRow,
    Summary,
    read_results,
    read_summary,
    write_results,
    write_summary,
)
from fsannot.features.shards import FeatureShard, ShardWriter
from fsannot.precompute.store import Store, artefact_key
from fsannot.runs.gallery import read_gallery, write_gallery
from fsannot.runs.masks import mask_path, read_mask, write_mask
from fsannot.runs.session_record import SessionRecord, read_record, write_record
from fsannot.runs.thumbnails import Atlas
from fsannot.stress.arrays import ARRAYS
from fsannot.stress.containers import HDF5, MATLAB
from fsannot.stress.damage import DAMAGES, Damage
from fsannot.stress.pictures import PICTURES
from fsannot.stress.texts import TEXTS, multiplied
from fsannot.studies.stored_config import stored_config
from fsannot.weights import load_checkpoint


@dataclass(frozen=True)
class Reader:
    """A reader and what is done to its files.

    Attributes:
        write: makes good files in an empty folder, and returns the one that is damaged.
        read: reads that file of that folder, and raises ``AssertionError`` where it accepts what its contract excludes.
        damages: drawn from evenly.
    """

    write: Callable[[Path, np.random.Generator], Path]
    read: Callable[[Path, Path], object]
    damages: tuple[Damage, ...]


def _picture(rng: np.random.Generator) -> Image.Image:
    size = rng.integers(8, 40, 2)
    coarse = rng.integers(0, 256, (6, 6, 3)).astype(np.uint8)
    return Image.fromarray(coarse).resize((int(size[0]), int(size[1])))


def _write_image(folder: Path, rng: np.random.Generator) -> Path:
    _picture(rng).save(folder / "image.png")
    return folder / "image.png"


def _write_photo(folder: Path, rng: np.random.Generator) -> Path:
    kind = ("jpg", "png", "webp", "tif")[int(rng.integers(4))]
    exif = Image.Exif()
    exif[0x0112] = int(rng.integers(1, 9))
    _picture(rng).save(folder / f"photo.{kind}", exif=exif)
    return folder / f"photo.{kind}"


def _check_rgb(image: np.ndarray) -> None:
    assert image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3 and image.size


def _read_photo(path: Path, folder: Path) -> None:
    _check_rgb(read_photo(path))


def _read_rgb(path: Path, folder: Path) -> None:
    _check_rgb(read_rgb(path))


def _write_labels(folder: Path, rng: np.random.Generator) -> Path:
    Image.fromarray(rng.integers(0, 12, (9, 13)).astype(np.uint8)).save(folder / "labels.png")
    return folder / "labels.png"


def _read_labels(path: Path, folder: Path) -> None:
    labels = read_labels(path, (9, 13))
    assert labels.dtype == np.int32 and labels.shape == (9, 13)


def _write_mask(folder: Path, rng: np.random.Generator) -> Path:
    write_mask(folder, "a/b", rng.integers(-1, 5, (9, 13)), task="semantic")
    return mask_path(folder, "a/b")


def _read_mask(path: Path, folder: Path) -> None:
    mask = read_mask(folder, "a/b")
    assert mask.dtype == np.int32 and mask.ndim == 2 and mask.min() >= -1 and mask.max() < 255


def _write_bsds(folder: Path, rng: np.random.Generator) -> Path:
    for below in ("images", "groundTruth"):
        (folder / "data" / below / "val").mkdir(parents=True)
    Image.new("RGB", (8, 6)).save(folder / "data/images/val/1.jpg")
    cells = np.empty((1, 2), object)
    for k in range(2):
        regions, boundaries = rng.integers(1, 4, (6, 8)), rng.integers(0, 2, (6, 8))
        cells[0, k] = {
            "Segmentation": regions.astype(np.uint16),
            "Boundaries": boundaries.astype(np.uint8),
        }
    path = folder / "data/groundTruth/val/1.mat"
    savemat(path, {"groundTruth": cells}, do_compression=bool(rng.integers(2)))
    return path


def _read_bsds(path: Path, folder: Path) -> None:
    dataset = BSDS500(folder)
    for drawn in dataset.boundaries(0):
        assert drawn.dtype == bool and drawn.ndim == 2
    for regions in dataset.segmentations(0):
        assert regions.dtype == np.int32 and regions.ndim == 2


def _write_rooftop(folder: Path, rng: np.random.Generator) -> Path:
    cells = np.empty((1, 2), object)
    cells[0, :] = [rng.random((4, 2)) * 40 + 2, rng.random((5, 2)) * 40 + 2]
    savemat(folder / "roofs.mat", {"gt": cells}, do_compression=bool(rng.integers(2)))
    return folder / "roofs.mat"


def _read_rooftop(path: Path, folder: Path) -> None:
    instances = draw_polygons(read_polygons(path), (60, 60), path)
    assert instances.dtype == np.int32 and instances.shape == (60, 60)


def _write_sbd(folder: Path, rng: np.random.Generator) -> Path:
    savemat(folder / "i.mat", {"GTinst": {"Segmentation": rng.integers(0, 3, (6, 8)).astype(np.uint8)}})
    return folder / "i.mat"


def _read_sbd(path: Path, folder: Path) -> None:
    instances = read_instances(path, (6, 8))
    assert instances.dtype == np.int32 and instances.shape == (6, 8) and instances.min() >= 0


def _write_list(folder: Path, rng: np.random.Generator) -> Path:
    lines = [f"/JPEGImages/480p/bear/{k:05d}.jpg /Annotations/480p/bear/{k:05d}.png\n" for k in range(8)]
    (folder / "val.txt").write_text("".join(lines))
    return folder / "val.txt"


def _read_list(path: Path, folder: Path) -> None:
    for _, paths in read_list(path):
        for number, inner in enumerate(paths):
            assert not inner.is_absolute() and ".." not in inner.parts
            if number < 100:  # a path that no file system takes raises here
                (folder / inner).exists()


def _row(k: int) -> ResultRow:
    return ResultRow("expert", "davis", "bear", f"bear/{k}", None, 0.5 + k / 50, None, 1.5 * k, 0.25, 2.5, 0)


def _write_results(folder: Path, rng: np.random.Generator) -> Path:
    write_results(folder / "results.csv", [_row(k) for k in range(5)])
    return folder / "results.csv"


def _read_results(path: Path, folder: Path) -> None:
    assert all(0 <= (row.iou or 0) <= 1 for row in read_results(path))


def _write_curve(folder: Path, rng: np.random.Generator) -> Path:
    write_curve(folder / "curve.csv", [CurvePoint(k * 1.5, k * 0.5, k / 10, None, k) for k in range(6)])
    return folder / "curve.csv"


def _read_curve(path: Path, folder: Path) -> None:
    for point in read_curve(path):
        assert point.measure == "none" or 0 <= point.quality <= 1


def _write_summary(folder: Path, rng: np.random.Generator) -> Path:
    summary = Summary("expert", "camvid", 0, 5, 12, 1.5, 2.5, agreement=0.9, agreement_ci=(0.8, 0.95),
                      miou=0.5, iou_per_class={"sky": 0.9, "car": None}, ci_over="groups")  # fmt: skip
    write_summary(folder / "summary.json", summary)
    return folder / "summary.json"


def _read_summary(path: Path, folder: Path) -> None:
    assert 0 <= (read_summary(path).agreement or 0) <= 1


def _write_gallery(folder: Path, rng: np.random.Generator) -> Path:
    image = np.asarray(_picture(rng))
    target = rng.integers(-1, 2, image.shape[:2]).astype(np.int32)
    write_gallery(folder, {"a/b": "best"}, [Sample("a/b", "a", image, target)], ["background", "object"])
    files = ("figures/gallery.json", "figures/gallery/000.jpg", "figures/gallery/000.png")
    return folder / files[int(rng.integers(3))]


def _read_gallery(path: Path, folder: Path) -> None:
    for example in read_gallery(folder):
        assert example.jpeg and min(example.shape) > 0


def _write_record(folder: Path, rng: np.random.Generator) -> Path:
    n, t = 5, 3
    record = SessionRecord(
        classes=("background", "object"), image_ids=("a/1", "a/2"), image=np.array([0, 0, 1, 1, 1], np.int32),
        area=np.full(n, 9, np.int32), truth=np.full(n, -1, np.int16), steps=np.arange(t, dtype=np.int32),
        human_seconds=np.arange(t) * 1.5, positions=rng.random((t, n, 2)).astype(np.float32),
        labels=rng.integers(-1, 2, (t, n)).astype(np.int16), boxes=rng.random((t, 4)).astype(np.float32),
        actions=("start", "box", "box"),
    )  # fmt: skip
    sheet = Image.new("RGB", (64, 64))
    sheet.save(folder / "sheet.webp")
    atlas = Atlas(32, np.arange(n, dtype=np.int32), ((folder / "sheet.webp").read_bytes(),))
    (folder / "sheet.webp").unlink()
    write_record(folder, record, atlas)
    return folder / "figures/report_data.npz"


def _read_record(path: Path, folder: Path) -> None:
    found = read_record(folder)
    assert found is not None and found[1].place.shape == found[0].image.shape


def _write_curves(folder: Path, rng: np.random.Generator) -> Path:
    curves = ImageCurves(("a/1", "a/2"), np.arange(4) * 1.5, rng.random((4, 2)).astype(np.float32))
    write_image_curves(folder, curves)
    return folder / "image_curves.npz"


def _read_curves(path: Path, folder: Path) -> None:
    curves = read_image_curves(folder)
    assert curves.quality.dtype.kind == curves.seconds.dtype.kind == "f"


def _write_paths(folder: Path, rng: np.random.Generator) -> Path:
    shape = (3, 2, 4)
    quality = np.sort(rng.random(shape).astype(np.float32), axis=-1)
    seconds = np.cumsum(rng.random(shape).astype(np.float32), axis=-1)
    write_click_paths(folder, ClickPaths(("a/1", "a/2"), ("1 click", "2", "3"), quality, seconds))
    return folder / "click_paths.npz"


def _read_paths(path: Path, folder: Path) -> None:
    assert read_click_paths(folder) is not None


def _write_snapshot(folder: Path, rng: np.random.Generator) -> Path:
    state = State.empty().with_image(
        np.kron(np.arange(6).reshape(2, 3), np.ones((3, 3), int)).astype(np.int32)
    )
    later = state.with_labels(np.array([1, 2]), 1)
    save_snapshot(folder / "s.npz", Snapshot(later, (state,), {"layout": np.zeros((6, 2))}, {"done": False}))
    return folder / "s.npz"


def _read_snapshot(path: Path, folder: Path) -> None:
    state = load_snapshot(path).state
    for image in range(len(state.label_maps)):
        mask = state.labels[state.row_map(image)]
        assert mask.ndim == 2 and mask.dtype.kind == "i"


def _write_artefact(folder: Path, rng: np.random.Generator) -> Path:
    store, key = Store(folder), artefact_key("edges", 1, 2)
    store.put("edges", key, {"edges": rng.integers(0, 65536, (9, 7)).astype(np.uint16)}, 0.5)
    return next(folder.rglob("*.npz"))


def _read_artefact(path: Path, folder: Path) -> None:
    store, key = Store(folder), artefact_key("edges", 1, 2)
    store.peek("edges", key)
    found = store.get("edges", key)
    assert found is None or found["edges"].shape == (9, 7)


def _write_shard(folder: Path, rng: np.random.Generator) -> Path:
    path = folder / "0.npy"
    with ShardWriter(path, dim=4) as writer:
        for _ in range(3):
            writer.append(rng.random((5, 4)).astype(np.float16))
    return sorted(folder.iterdir())[int(rng.integers(2))]


def _read_shard(path: Path, folder: Path) -> None:
    shard = FeatureShard(folder / "0.npy")
    for position in range(len(shard)):
        assert shard.image(position).dtype == np.float16 and shard.image(position).ndim == 2


def _write_trace(folder: Path, rng: np.random.Generator) -> Path:
    actions = (
        LabelBox((1.0, 2.0, 30.5, 40.25), label=1), LabelInImage(segments=(1, 2), labels=(0, 1)),
        Split(segment=3, positive=((1, 2),), negative=((5, 6), (7, 8)), label=1),
    )  # fmt: skip
    lines = [TraceStep(k + 1, action, 1.25 * k, k).to_json() + "\n" for k, action in enumerate(actions * 2)]
    (folder / "trace.jsonl").write_text("".join(lines))
    return folder / "trace.jsonl"


def _read_trace(path: Path, folder: Path) -> None:
    for step in read_trace(path):
        assert step.to_json()


def _write_config(folder: Path, rng: np.random.Generator) -> Path:
    (folder / "summary.json").write_text("{}")
    (folder / "config.yaml").write_text(
        "dataset:\n  _target_: fsannot.data.synthetic.Synthetic\n  images: 3\n  size: [64, 96]\n"
        "seed: 0\ndevice: auto\nhierarchy: {criterion: volume, threshold: 1000.0}\n"
    )
    return folder / "config.yaml"


def _read_config(path: Path, folder: Path) -> None:
    assert len(stored_config(folder)) >= 0


def _write_hdf5(folder: Path, rng: np.random.Generator) -> Path:
    with h5py.File(folder / "hed.h5", "w") as file:
        for name in keras_names().values():
            file[f"{name}/vars/0"] = rng.random((1, 1, 1, 1)).astype(np.float32)
            file[f"{name}/vars/1"] = rng.random(1).astype(np.float32)
    return folder / "hed.h5"


def _read_hdf5(path: Path, folder: Path) -> None:
    for name, tensor in read_keras_weights(path).items():
        assert tensor.is_floating_point() and tensor.ndim == (4 if name.endswith("weight") else 1)


def _tensors(rng: np.random.Generator) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(rng.random(4).astype(np.float32)) for name in ("a", "b")}


def _write_torch(folder: Path, rng: np.random.Generator) -> Path:
    torch.save({"state_dict": _tensors(rng), "n": 1}, folder / "w.pth")
    return folder / "w.pth"


def _write_safetensors(folder: Path, rng: np.random.Generator) -> Path:
    save_file(_tensors(rng), folder / "w.safetensors")
    return folder / "w.safetensors"


def _read_weights(path: Path, folder: Path) -> None:
    load_checkpoint(path)


READERS: dict[str, Reader] = {
    "photo": Reader(_write_photo, _read_photo, DAMAGES + PICTURES),
    "image": Reader(_write_image, _read_rgb, DAMAGES + PICTURES),
    "label image": Reader(_write_labels, _read_labels, DAMAGES + PICTURES),
    "mask of a run": Reader(_write_mask, _read_mask, DAMAGES + PICTURES),
    "BSDS500 (MATLAB)": Reader(_write_bsds, _read_bsds, DAMAGES + MATLAB),
    "Rooftop (MATLAB)": Reader(_write_rooftop, _read_rooftop, DAMAGES + MATLAB),
    "SBD (MATLAB)": Reader(_write_sbd, _read_sbd, DAMAGES + MATLAB),
    "list of images": Reader(_write_list, _read_list, DAMAGES + TEXTS),
    "results.csv": Reader(_write_results, _read_results, DAMAGES + TEXTS),
    "curve.csv": Reader(_write_curve, _read_curve, DAMAGES + TEXTS),
    "summary.json": Reader(_write_summary, _read_summary, DAMAGES + TEXTS),
    "trace.jsonl": Reader(_write_trace, _read_trace, DAMAGES + TEXTS),
    "config.yaml": Reader(_write_config, _read_config, (*DAMAGES, *TEXTS, multiplied)),
    "examples of a report": Reader(_write_gallery, _read_gallery, DAMAGES + TEXTS + PICTURES),
    "session of a report (npz)": Reader(_write_record, _read_record, DAMAGES + ARRAYS),
    "image_curves.npz": Reader(_write_curves, _read_curves, DAMAGES + ARRAYS),
    "click_paths.npz": Reader(_write_paths, _read_paths, DAMAGES + ARRAYS),
    "saved session (npz)": Reader(_write_snapshot, _read_snapshot, DAMAGES + ARRAYS),
    "cached artefact": Reader(_write_artefact, _read_artefact, DAMAGES + ARRAYS),
    "cached features": Reader(_write_shard, _read_shard, DAMAGES),
    "HED weights (HDF5)": Reader(_write_hdf5, _read_hdf5, DAMAGES + HDF5 * 3),
    "torch checkpoint": Reader(_write_torch, _read_weights, DAMAGES),
    "safetensors": Reader(_write_safetensors, _read_weights, DAMAGES),
}
"""Name → reader."""
