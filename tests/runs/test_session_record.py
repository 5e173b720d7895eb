"""What a session leaves for the report: round trips, bounds on size, keyframes, broken files."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fsannot.annotation.observation import Observation
from fsannot.data.errors import InputError, ResultsError
from fsannot.runs.masks import mask_path, read_mask, write_mask
from fsannot.runs.session_record import DATA, read_record, write_record
from fsannot.runs.thumbnails import build_atlas, segment_thumbnail
from fsannot.segments.table import SegmentTable
from fsannot.simulation.keyframes import Keyframes


def observation(n: int, offset: float = 0.0, label: int = -1) -> Observation:
    """A canvas with n segments on a line."""
    table = SegmentTable.from_label_map(np.arange(n, dtype=np.int32)[None].repeat(4, 0))
    return Observation(
        table=table, alive=np.ones(n, bool), labels=np.full(n, label, np.int16), shown=np.arange(n) != 1,
        canvas=np.stack([np.arange(n) + offset, np.zeros(n)], 1).astype(np.float32),
        visible=None, view=None, threshold=0.3, image_area=np.array([4 * n]),
        classes=("background", "object"), images_loaded=1, images_waiting=0,
        pointer=(0.0, 0.0), last_label=None, focused=False, open_image=None, highlight=None, learned=0,
        labels_since_learning=0, human_seconds=0.0,
    )  # fmt: skip


def watch(recorder: Keyframes, steps: range) -> None:
    for step in steps:
        label = 1 if step > 3 else -1
        recorder.record(
            observation(3 if step < 5 else 4, float(step), label),
            step=step,
            human_seconds=2.0 * step,
            action=f"a{step}",
        )


def finished(recorder: Keyframes) -> tuple:
    return recorder.finish(
        observation(4),
        image_ids=["g/0"],
        image=lambda i: np.zeros((4, 4, 3), np.uint8),
        row_map=lambda i: np.arange(4, dtype=np.int32)[None].repeat(4, 0),
    )


def test_record_round_trip(runs: dict[str, Path], tmp_path: Path) -> None:
    stored = read_record(runs["session"])
    assert stored is not None
    record, atlas = stored
    assert record.positions.shape == (len(record.steps), len(record.image), 2)
    assert record.steps[0] == 0
    assert record.steps[-1] == 40
    assert (record.labels[0] == -1).all()
    assert (record.labels[-1] >= 0).all()
    write_record(tmp_path, record, atlas)
    again, sheets = read_record(tmp_path) or pytest.fail("no record")
    for name in ("image", "area", "truth", "steps", "human_seconds", "positions", "labels", "boxes"):
        np.testing.assert_array_equal(getattr(again, name), getattr(record, name))
    assert (again.classes, again.image_ids, again.actions) == (
        record.classes,
        record.image_ids,
        record.actions,
    )
    assert sheets.sheets == atlas.sheets


def test_a_run_without_a_session_has_no_record(runs: dict[str, Path]) -> None:
    assert read_record(runs["clicks"]) is None


@pytest.mark.parametrize("damage", ["truncated", "sheet missing", "not an archive"])
def test_a_broken_record_is_named(fresh_run: Callable[[], Path], damage: str) -> None:
    run = fresh_run()
    if damage == "truncated":
        (run / DATA).write_bytes((run / DATA).read_bytes()[:-200])
    elif damage == "sheet missing":
        (run / "figures/thumbs/000.webp").unlink()
    else:
        (run / DATA).write_text("hello")
    with pytest.raises(ResultsError, match=r"report_data\.npz: half written"):
        read_record(run)


def test_segments_that_come_later_or_are_hidden_have_no_position() -> None:
    recorder = Keyframes()
    watch(recorder, range(8))
    record, _ = finished(recorder)
    assert np.isnan(record.positions[4, 3]).all()  # not there yet
    assert record.positions[5, 3, 0] == 8.0
    assert np.isnan(record.positions[:, 1]).all()  # never shown
    assert record.actions == tuple(f"a{step}" for step in range(8))


@pytest.mark.parametrize("steps", [1, 5, 8, 9, 10, 17, 33, 100, 257])
def test_keyframes_are_few_evenly_spread_and_hold_both_ends(steps: int) -> None:
    recorder = Keyframes(limit=8)
    watch(recorder, range(steps))
    record, _ = finished(recorder)
    kept = record.steps.tolist()
    assert kept[0] == 0
    assert kept[-1] == steps - 1
    assert min(steps, 4) <= len(kept) <= 8
    gaps = set(np.diff(kept[:-1]).tolist())
    assert len(gaps) <= 1
    np.testing.assert_array_equal(record.human_seconds, 2.0 * record.steps)


def test_record_refuses_arrays_that_do_not_fit(runs: dict[str, Path]) -> None:
    record, _ = read_record(runs["session"]) or pytest.fail("no record")
    with pytest.raises(InputError, match=r"labels must be i-kind \(\d+, \d+\)"):
        replace(record, labels=record.labels[:, :-1])
    with pytest.raises(InputError, match="labels holds -1 to 7 of 2 classes"):
        replace(record, labels=np.where(record.labels == 1, 7, record.labels))


def test_thumbnails_are_where_the_atlas_says() -> None:
    n = 600
    colours = np.random.default_rng(0).integers(0, 255, (n, 3), np.uint8)
    atlas = build_atlas(np.ones(n), lambda i, size: np.full((size, size, 3), colours[i], np.uint8))
    per_sheet = (1024 // atlas.tile) ** 2
    sheets = [np.asarray(Image.open(io.BytesIO(s)).convert("RGB")).astype(int) for s in atlas.sheets]
    assert len(sheets) == -(-n // per_sheet)
    for i in (0, 15, 16, 300, 599):
        sheet, slot = divmod(int(atlas.place[i]), per_sheet)
        y, x = (v * atlas.tile + atlas.tile // 2 for v in divmod(slot, 1024 // atlas.tile))
        assert np.abs(sheets[sheet][y, x] - colours[i]).max() < 25


def test_sheets_stay_within_their_budget_and_drop_the_smallest_segments() -> None:
    rng = np.random.default_rng(0)
    area = rng.permutation(280)
    atlas = build_atlas(area, lambda i, size: rng.integers(0, 255, (size, size, 3), np.uint8), budget=100_000)
    assert 0 < sum(map(len, atlas.sheets)) <= 100_000
    assert 30 < (atlas.place >= 0).sum() < 280
    assert area[atlas.place >= 0].min() > area[atlas.place < 0].max()
    assert atlas.place.max() + 1 == (atlas.place >= 0).sum()


def test_a_thumbnail_fades_what_is_not_the_segment() -> None:
    image = np.full((40, 60, 3), 100, np.uint8)
    row_map = np.zeros((40, 60), np.int32)
    row_map[10:20, 20:40] = 7
    box = np.array([10, 20, 20, 40])
    picture = segment_thumbnail(image, box, row_map, 7, size=32)
    assert picture.shape == (32, 32, 3)
    assert (picture[16, 16] == 100).all()
    assert (picture[16, 1] > 200).all()  # surroundings
    assert (picture[0, 0] == 255).all()  # a wide crop leaves white above
    assert (segment_thumbnail(image, box, row_map, None, size=32)[16, 1] == 100).all()


def test_mask_round_trip_and_names_that_would_leave_the_folder(tmp_path: Path) -> None:
    mask = np.array([[0, 1, -1], [10, 254, 3]], np.int16)
    write_mask(tmp_path, "bear/00000", mask, task="semantic")
    np.testing.assert_array_equal(read_mask(tmp_path, "bear/00000"), mask)
    assert np.asarray(Image.open(tmp_path / "masks/bear/00000.png"))[0, 2] == 255
    with pytest.raises(InputError, match="255"):
        write_mask(tmp_path, "bear/00000", np.full((2, 2), 255), task="semantic")
    for name in ("../evil", "/etc/x", "a//b", ""):
        with pytest.raises(InputError, match="not a relative path"):
            mask_path(tmp_path, name)
    (tmp_path / "masks/bear/00000.png").write_bytes(b"\x89PNG")
    with pytest.raises(ResultsError, match=r"00000\.png: truncated or not an image"):
        read_mask(tmp_path, "bear/00000")
