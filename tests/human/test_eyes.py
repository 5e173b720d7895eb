"""What a person reads, and with which errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fsannot.data.errors import InputError
from fsannot.human.confusion import Confusion, preset
from tests.human.world import SIDE, World, clustered


def all_rows(world: World) -> np.ndarray:
    return np.flatnonzero(world.alive)


def names(eyes: Any, rows: np.ndarray, dim: bool = False) -> np.ndarray:
    return eyes.read(rows, np.full(len(rows), dim))[0]


def truth(world: World, rows: np.ndarray) -> np.ndarray:
    out = []
    for row in rows:
        image = int(world.rows[row, 0])
        target = world.target_maps[image][world.maps[image] == row]
        out.append(np.bincount(target[target >= 0]).argmax() if (target >= 0).any() else -1)
    return np.array(out)


def plain_world(
    images: int = 4, across: int = 10, clusters: int = 20, classes: int = 3, **kwargs: Any
) -> World:
    """Cluster k holds segments of class k mod ``classes`` only, so that nothing of another class looks alike."""
    features, cluster = clustered(images, across**2, clusters)
    return World(cluster % classes, features, **kwargs).load(images)


WORST = Confusion(error_large=0.5, error_small=0.5)
EVEN = Confusion(error_large=0.2, error_small=0.2, alike=0.0)


def test_perfect_eyes_see_the_majority_and_mixtures_from_a_quarter_on() -> None:
    world = plain_world()
    for row, minority in ((0, 3), (1, 4), (2, 8)):  # pixels of 16; a quarter are 4
        y, x = (SIDE * v for v in divmod(row, world.across))
        square = world.target_maps[0][y : y + SIDE, x : x + SIDE]
        square.flat[:minority] = (square[0, 0] + 1) % 3
        square.flat[15] = square.flat[15] if minority < 8 else -1  # a majority of 8 to 7
    world.target_maps[0][:SIDE, 3 * SIDE : 4 * SIDE] = -1
    eyes = world.eyes(preset("perfect"))
    rows = all_rows(world)
    for dim in (False, True):
        name, mixed = eyes.read(rows, np.full(len(rows), dim))
        assert name.dtype == np.int16 and mixed.dtype == bool
        np.testing.assert_array_equal(name, truth(world, rows))
        assert np.flatnonzero(mixed).tolist() == [1, 2] and name[3] == -1
    np.testing.assert_array_equal(eyes.hover(rows)[0], truth(world, rows))


def test_errors_are_as_frequent_as_the_rate_says() -> None:
    world = plain_world(images=100, across=14, clusters=50)
    eyes = world.eyes(Confusion(error_large=0.2, error_small=0.2, alike=0.0, shared=0.0))
    rows = all_rows(world)
    right = truth(world, rows)
    for seen, rate in (
        (names(eyes, rows), 0.2),
        (names(eyes, rows, dim=True), 0.4),
        (eyes.hover(rows)[0], 0.1),
        (np.concatenate([eyes.read_open(r)[0] for r in np.split(rows, 100)]), 0.05),
    ):
        assert np.mean(seen != right) == pytest.approx(rate, abs=0.015)
    mixed = eyes.read(rows, np.zeros(len(rows), bool))[1]
    assert mixed.mean() == pytest.approx(0.2, abs=0.015)  # nothing is mixed: each is an error
    assert np.corrcoef(mixed, names(eyes, rows) != right)[0, 1] == pytest.approx(0, abs=0.03)


def test_small_segments_are_misread_more_often() -> None:
    """A square has 1/4 of the small images and 1/1,600, close to 0.05 %, of the large one."""
    rate = Confusion().base(np.array([1 / 4, 1 / 1600]), np.ones(2))
    assert rate[0] == 0.03 and rate[1] == pytest.approx(0.2799, abs=1e-3)
    world = plain_world(images=8, across=40, clusters=40)
    eyes = world.eyes(Confusion(shared=0.0))
    rows = all_rows(world)
    assert np.mean(names(eyes, rows) != truth(world, rows)) == pytest.approx(rate[1], abs=0.015)


@pytest.mark.parametrize(("shared", "expected"), [(0.0, 0.0), (0.5, 0.25), (1.0, 1.0)])
def test_errors_correlate_within_clusters_and_not_across(shared: float, expected: float) -> None:
    """Two of a cluster err together where both follow it: with probability 0.5² at the default."""
    features, group = clustered(60, 256, 1500, dimensions=32)
    world = World(group % 3, features).load(60)
    eyes = world.eyes(Confusion(error_large=0.3, error_small=0.3, alike=0.0, shared=shared), radius=0.1)
    rows = all_rows(world)
    wrong = names(eyes, rows) != truth(world, rows)
    cluster = group.ravel()
    order = np.lexsort((rows, cluster))
    same = cluster[order[1:]] == cluster[order[:-1]]
    pairs = np.stack([wrong[order[1:]], wrong[order[:-1]]])
    assert np.corrcoef(pairs[:, same])[0, 1] == pytest.approx(expected, abs=0.05)
    across = np.random.default_rng(0).permutation(len(rows))
    differ = cluster[across] != cluster
    assert np.corrcoef(wrong[differ], wrong[across][differ])[0, 1] == pytest.approx(0, abs=0.05)


def test_half_of_the_segments_follow_their_cluster() -> None:
    """With one cluster of one class in one group, those who follow it all err or all do not."""
    features = np.tile(np.array([1.0, 0.0], np.float32), (4, 900, 1))
    world = World(np.zeros((4, 900), np.int64), features).load(4)
    rows = all_rows(world)
    share = []
    for seed in range(20):
        wrong = names(world.eyes(EVEN, seed=seed), rows) != 0
        share.append(wrong.mean())
    # wrong: 0.5 of them if the cluster errs, and 0.2 of the other half
    low = np.array(share) < 0.3
    np.testing.assert_allclose(np.array(share)[low], 0.1, atol=0.02)
    np.testing.assert_allclose(np.array(share)[~low], 0.6, atol=0.03)
    assert 1 <= np.count_nonzero(~low) <= 10


def test_groups_and_classes_divide_a_cluster() -> None:
    features = np.tile(np.array([1.0, 0.0], np.float32), (2, 400, 1))
    classes = np.tile(np.arange(400) % 2, (2, 1))
    world = World(classes, features, groups=np.array([7, 9])).load(2)
    rows = all_rows(world)
    keys = []
    for seed in range(40):
        eyes = world.eyes(Confusion(error_large=0.5, error_small=0.5, alike=0.0, shared=1.0), seed=seed)
        wrong = names(eyes, rows) != truth(world, rows)
        of = 2 * world.rows[:, 0] + world.rows[:, 1] % 2
        assert all(len(np.unique(wrong[of == k])) == 1 for k in range(4))
        keys.append([wrong[of == k][0] for k in range(4)])
    correlation = np.corrcoef(np.array(keys).T) - np.eye(4)
    assert np.abs(correlation).max() < 0.6


def test_look_alikes_by_hand() -> None:
    """One of class 0 with ten that look the same: 4 of class 1, 3 of class 2, 3 of class 0."""
    features = np.zeros((1, 16, 3), np.float32)
    features[0, :11, 0] = 1
    features[0, 11:, 2] = 1
    classes = np.array([[0, 1, 1, 1, 1, 2, 2, 2, 0, 0, 0, 3, 3, 3, 3, 3]])
    world = World(classes, features).load(1)
    wrong_of = np.zeros(16)
    for seed in range(600):
        eyes = world.eyes(Confusion(error_large=0.02, error_small=0.02), seed=seed)
        name = names(eyes, np.arange(16))
        wrong_of += name != classes[0]
        assert name[0] in (0, 1)  # most of the others are 1
        assert set(name[1:5]) <= {0, 1}  # 4 of class 0 and 3 of class 2
    # 0.5 · 7/10 for class 0; 0.5 · 7/10 for 1; the five of class 3 have ten nearest that are 4 of 3 and 6 others
    np.testing.assert_allclose(wrong_of[:5] / 600, 0.35, atol=0.08)
    np.testing.assert_allclose(wrong_of[5:8] / 600, 0.40, atol=0.08)  # class 2: 8 of 10 are others
    np.testing.assert_allclose(wrong_of[11:] / 600, 0.30, atol=0.08)


def test_the_wrong_name_without_look_alikes_is_the_second_class_or_any_other() -> None:
    world = plain_world(images=2, across=12, clusters=4, classes=4)
    for image in range(2):
        square = world.target_maps[image]
        square[:SIDE, :SIDE][0, 0] = (square[1, 1] + 2) % 4
    second = {0: (truth(world, np.array([0]))[0] + 2) % 4}
    got: set[int] = set()
    for seed in range(40):
        eyes = world.eyes(Confusion(error_large=0.5, error_small=0.5, alike=0.0), seed=seed)
        name = names(eyes, np.array([0, 1]))
        assert name[0] in (truth(world, np.array([0]))[0], second[0])
        got.add(int(name[1]))
    assert got == {0, 1, 2, 3}


def test_errors_of_closer_looks_are_a_subset() -> None:
    world = plain_world(images=6, across=16, clusters=60)
    rows = all_rows(world)
    for seed in range(3):
        eyes = world.eyes(WORST, seed=seed)
        right = truth(world, rows)
        opened = np.concatenate([eyes.read_open(r)[0] for r in np.split(rows, 6)])
        hover, canvas, dim = eyes.hover(rows)[0], names(eyes, rows), names(eyes, rows, dim=True)
        for closer, farther in ((opened, hover), (hover, canvas), (canvas, dim)):
            wrong = closer != right
            assert wrong.any() and (farther[wrong] == closer[wrong]).all()
        assert (opened != right).sum() < (hover != right).sum() < (canvas != right).sum()


def test_a_correction_heals_the_cluster_of_its_group_and_nothing_else() -> None:
    features = np.tile(np.array([1.0, 0.0], np.float32), (3, 100, 1))
    world = World(np.zeros((3, 100), np.int64), features, groups=np.array([0, 0, 1])).load(3)
    rows = all_rows(world)
    confusion = Confusion(error_large=0.4, error_small=0.4, alike=0.0)
    healed = 0
    for seed in range(60):
        eyes = world.eyes(confusion, seed=seed)
        before = names(eyes, rows)
        opened = np.concatenate([eyes.read_open(r)[0] for r in np.split(rows, 3)])
        if before[:200].mean() < 0.5 or opened[:200].mean() > 0.5:
            continue  # the cluster does not err on the canvas, or errs in the opened image as well
        eyes.correct(np.arange(100))
        after = names(eyes, rows)
        assert after[:200].mean() == pytest.approx(0.2, abs=0.09)  # half have errors of their own
        assert after[100:200].mean() < before[100:200].mean()  # the other image of the group too
        np.testing.assert_array_equal(after[200:], before[200:])
        eyes.reset()
        world.show(eyes)
        np.testing.assert_array_equal(names(eyes, rows), before)
        healed += 1
    assert healed > 3


def test_a_member_with_errors_of_its_own_or_misread_in_the_opened_image_heals_nothing() -> None:
    features = np.tile(np.array([1.0, 0.0], np.float32), (1, 64, 1))
    world = World(np.zeros((1, 64), np.int64), features).load(1)
    rows = all_rows(world)
    confusion = Confusion(error_large=0.5, error_small=0.5, alike=0.0)
    tried = {"own": 0, "misread": 0}
    for seed in range(80):
        eyes = world.eyes(confusion, seed=seed)
        before, opened = names(eyes, rows), eyes.read_open(rows)[0]
        follows = eyes._follows_cluster(rows)
        if before[follows].all() and not opened[follows].any():
            eyes.correct(rows[~follows])
            np.testing.assert_array_equal(names(eyes, rows), before)
            tried["own"] += 1
        elif opened[follows].all():
            eyes.correct(rows)
            np.testing.assert_array_equal(names(eyes, rows), before)
            tried["misread"] += 1
    assert min(tried.values()) >= 3


def halves(world: World, row: int, pixels: int) -> np.ndarray:
    """bool (H, W): the first ``pixels`` pixels of a row."""
    image = int(world.rows[row, 0])
    mask = world.maps[image] == row
    part = np.zeros(mask.size, bool)
    part[np.flatnonzero(mask)[:pixels]] = True
    return part.reshape(mask.shape)


@pytest.mark.parametrize(("pixels", "inherits"), [(3, (False, True)), (8, (True, True)), (13, (True, False))])
def test_a_part_of_at_least_half_inherits_its_parents_draws(pixels: int, inherits: tuple[bool, bool]) -> None:
    same = {True: 0, False: 0}
    world = plain_world(images=1, across=12, clusters=8)
    draws = [world.eyes(EVEN, seed=seed) for seed in range(12)]
    parents = np.arange(0, 144, 4)
    before = [eyes._draw(parents, 2) for eyes in draws]  # type: ignore[arg-type]
    parts = np.array([world.split(r, halves(world, r, pixels), world.features[[r, r]]) for r in parents])
    for eyes, old in zip(draws, before, strict=True):
        world.show(eyes)
        for part, expected in enumerate(inherits):
            unchanged = eyes._draw(parts[:, part], 2) == old  # type: ignore[arg-type]
            same[expected] += 1
            if expected:
                assert unchanged.all()
            else:  # it may follow the same cluster, or have the same deepest pixel as its parent
                assert not unchanged.all()


def test_parts_of_parts_inherit_and_undoing_and_splitting_again_looks_the_same() -> None:
    world = plain_world(images=2, across=6, clusters=6)
    eyes = world.eyes(EVEN, seed=1)
    key = eyes._known.place[5]
    big, small = world.split(5, halves(world, 5, 12), world.features[[5, 5]])
    world.show(eyes)
    bigger, _ = world.split(big, halves(world, big, 9), world.features[[5, 5]])
    world.show(eyes)
    assert eyes._known.place[bigger] == eyes._known.place[big] == key != eyes._known.place[small]
    fresh = plain_world(images=2, across=6, clusters=6)
    again = fresh.eyes(EVEN, seed=1)
    whole, row_map = fresh.maps[0], fresh.maps[0].copy()
    first = fresh.split(5, halves(fresh, 5, 12), fresh.features[[5, 5]])
    fresh.show(again)
    seen = again.hover(np.array(first))
    fresh.maps[0], fresh.alive[5], fresh.alive[list(first)] = row_map, True, False  # undo
    fresh.show(again)
    second = fresh.split(5, halves(fresh, 5, 12), fresh.features[[5, 5]])
    fresh.show(again)
    np.testing.assert_array_equal(again.hover(np.array(second)), seen)
    for a, b in zip(first, second, strict=True):
        for field in ("place", "cell", "others", "confused_with", "label"):
            assert getattr(again._known, field)[a] == getattr(again._known, field)[b]
    assert whole is not None


def test_parts_do_not_change_how_anything_else_looks() -> None:
    features, cluster = clustered(4, 49, 5)
    whole, divided = (World(cluster % 2, features).load(2) for _ in range(2))
    one, other = whole.eyes(WORST), divided.eyes(WORST)
    for row in range(0, 40, 3):
        divided.split(row, halves(divided, row, 6), divided.features[[row, row]])
    divided.show(other)
    rows = np.flatnonzero(divided.alive[:98])
    whole.load(2), divided.load(2)
    whole.show(one), divided.show(other)
    np.testing.assert_array_equal(names(one, rows), names(other, rows))
    late_one, late_other = (np.arange(len(w.alive) - 98, len(w.alive)) for w in (whole, divided))
    np.testing.assert_array_equal(names(one, late_one), names(other, late_other))


@pytest.mark.parametrize("seed", range(4))
def test_rows_and_calls_do_not_matter(seed: int) -> None:
    """The same squares under other rows, learned in other calls, look the same where nothing else looks alike."""
    rng = np.random.default_rng(seed)
    features, cluster = clustered(5, 64, 3, seed=seed)
    order = {image: rng.permutation(64) for image in range(5)}
    plain, mixed_up = World(cluster % 3, features), World(cluster % 3, features, rows=order)
    one = plain.load(5).eyes(EVEN, seed=seed)
    other = mixed_up.load(1).eyes(EVEN, seed=seed)
    for step in (1, 3):
        mixed_up.load(step).show(other)
    square = np.concatenate([image * 64 + order[image] for image in range(5)])
    for looked in ("read", "hover"):
        dim = (np.zeros(320, bool),) if looked == "read" else ()
        for a, b in zip(
            getattr(one, looked)(square, *dim), getattr(other, looked)(np.arange(320), *dim), strict=True
        ):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("seed", range(4))
def test_look_alikes_do_not_depend_on_rows(seed: int) -> None:
    rng = np.random.default_rng(seed)
    features, cluster = clustered(3, 64, 6, seed=seed)
    features[:, ::4] = features[0, 0]  # ties
    classes = rng.integers(3, size=cluster.shape)
    order = {image: rng.permutation(64) for image in range(3)}
    one = World(classes, features).load(3).eyes(WORST, seed=seed)
    other = World(classes, features, rows=order).load(3).eyes(WORST, seed=seed)
    square = np.concatenate([image * 64 + order[image] for image in range(3)])
    np.testing.assert_array_equal(one._known.others[square], other._known.others)
    for a, b in zip(one.hover(square), other.hover(np.arange(192)), strict=True):
        np.testing.assert_array_equal(a, b)


def test_later_images_do_not_change_what_earlier_ones_look_like() -> None:
    features, cluster = clustered(4, 64, 6)
    classes = np.random.default_rng(1).integers(3, size=cluster.shape)
    world = World(classes, features).load(2)
    eyes = world.eyes(WORST, seed=2)
    rows = np.arange(128)
    before = eyes.hover(rows), eyes.read(rows, rows % 2 == 0)
    world.load(2).show(eyes)
    after = eyes.hover(rows), eyes.read(rows, rows % 2 == 0)
    np.testing.assert_array_equal(np.array(before, np.int64), np.array(after, np.int64))


def mixture(minority: int, classes: int = 3) -> World:
    """An image whose first square has 16 pixels, ``minority`` of class 1, the others of class 0."""
    features = np.tile(np.eye(2, dtype=np.float32)[0], (1, 4, 1))
    world = World(np.array([[0, 0, 0, classes - 1]]), features).load(1)
    world.target_maps[0][:SIDE, :SIDE].flat[:minority] = 1
    return world


@pytest.mark.parametrize(
    ("minority", "expected"),
    [(0, (-1, 0.0)), (1, (-1, 0.0)), (2, (1, 0.25)), (5, (1, 0.25)), (6, (1, 0.5)), (7, (1, 0.5))],
)
def test_the_second_class_and_its_share_to_quarters(minority: int, expected: tuple[int, float]) -> None:
    eyes = mixture(minority).eyes(preset("perfect"))
    found, share = eyes.second(np.array([0, 1]))
    assert found.dtype == np.int16 and (int(found[0]), float(share[0])) == expected
    assert (int(found[1]), float(share[1])) == (-1, 0.0)


@pytest.mark.parametrize("classes", [2, 4])
def test_the_second_class_errs_like_a_name_in_the_opened_image(classes: int) -> None:
    """0.5 · ¼; where the name is wrong (the second class: the same ¼) it is not named twice."""
    world = mixture(6, classes)
    confusion = Confusion(error_large=0.5, error_small=0.5, alike=0.0, mixed_factor=1.0)
    found, named = [], []
    eyes = world.eyes(confusion)
    for eyes._seed in range(1500):
        found.append(int(eyes.second(np.array([0]))[0][0]))
        named.append(int(eyes.read_open(np.array([0]))[0][0]))
    got, name = np.array(found), np.array(named)
    assert (got != name).all() and set(name) == {0, classes - 1}
    assert np.mean(got[name == 0] != 1) == pytest.approx(0.125, abs=0.03)
    assert set(got[name == 0]) == ({1, -1} if classes == 2 else {1, 2, 3})


def test_split_clicks_lie_in_their_parts_and_scatter_around_the_middle() -> None:
    side = 40
    target = np.zeros((side, side), np.int32)
    target[:, 25:] = 1
    features = np.tile(np.eye(2, dtype=np.float32)[0], (1, 1, 1))
    world = World(np.array([[0]]), features)
    world.across = 1
    world.target_maps = [target]
    world._drawn = lambda values: np.zeros((side, side), np.int32)  # type: ignore[method-assign]
    world.load(1)
    exact = world.eyes(preset("perfect")).split_clicks(0, 1)
    assert exact is not None
    (py, px), (ny, nx) = exact
    assert px in (32, 31) and target[py, px] == 1 and target[ny, nx] == 0 and nx in (12, 11)
    drawn = np.array([world.eyes(Confusion(), seed=seed).split_clicks(0, 1) for seed in range(300)])
    assert (target[drawn[:, 0, 0], drawn[:, 0, 1]] == 1).all()
    assert (target[drawn[:, 1, 0], drawn[:, 1, 1]] == 0).all()
    # depth 12.5 or 13 on the wide side: a standard deviation of 0.3 · 13, little cut off
    assert drawn[:, 1, 1].std() == pytest.approx(0.3 * 13, rel=0.15)
    assert np.abs(np.corrcoef(drawn[:, 0, 1], drawn[:, 1, 1])[0, 1]) < 0.2
    eyes = world.eyes(Confusion(), seed=3)
    assert (
        eyes.split_clicks(0, 1)
        == eyes.split_clicks(0, 1)
        == world.eyes(Confusion(), seed=3).split_clicks(0, 1)
    )


def test_no_split_where_a_segment_does_not_hold_both() -> None:
    eyes = mixture(6).eyes()
    assert eyes.split_clicks(0, 2) is None and eyes.split_clicks(1, 0) is None
    assert eyes.split_clicks(0, 0) is not None


def test_rows_that_may_not_be_asked_for_are_refused() -> None:
    world = plain_world(images=2, across=4, clusters=4)
    eyes = world.eyes()
    with pytest.raises(InputError, match="only one image is open"):
        eyes.read_open(np.array([0, 20]))
    with pytest.raises(InputError, match="only one image is open"):
        eyes.second(np.array([0, 20]))
    with pytest.raises(InputError, match="only one image is open"):
        eyes.correct(np.array([0, 20]))
    for rows in (np.array([32]), np.array([-1])):
        with pytest.raises(InputError, match="do not exist"):
            eyes.hover(rows)
    with pytest.raises(InputError, match="whole numbers"):
        eyes.hover(np.array([0.5]))
    with pytest.raises(InputError, match="dim"):
        eyes.read(np.array([0]), np.zeros(2, bool))
    world.split(0, halves(world, 0, 8), world.features[[0, 0]])
    with pytest.raises(InputError, match="extend"):
        eyes.hover(np.array([32]))
    world.show(eyes)
    with pytest.raises(InputError, match="do not exist"):
        eyes.hover(np.array([0]))
    assert len(eyes.hover(np.zeros(0, np.int64))[0]) == 0


def test_tables_and_groups_that_do_not_fit_are_refused() -> None:
    world = plain_world(images=2, across=4, clusters=4)
    eyes = world.eyes()
    with pytest.raises(InputError, match="at least the 32 rows"):
        eyes.extend(world.table.select(np.arange(3)), np.ones(3, bool))
    with pytest.raises(InputError, match="groups has 1 entries"):
        world.eyes(groups=np.zeros(1, np.int64))
    with pytest.raises(InputError, match="groups"):
        world.eyes(groups=np.array(["a", "b"]))
    with pytest.raises(InputError, match="classes=0"):
        world.eyes(classes=0)


def test_what_looks_alike_is_computed_once_for_all_seeds() -> None:
    stored: dict[str, Any] = {}

    def recall(stage: str, inputs: Any, compute: Any) -> Any:
        return stored.setdefault(stage + repr(sorted(inputs.items())), None) or computed(
            stage, inputs, compute
        )

    def computed(stage: str, inputs: Any, compute: Any) -> Any:
        stored[stage + repr(sorted(inputs.items()))] = compute(), 0.5
        return stored[stage + repr(sorted(inputs.items()))]

    world = plain_world(images=2, across=6, clusters=5)
    rows = all_rows(world)
    for seed in range(3):
        np.testing.assert_array_equal(
            names(world.eyes(WORST, seed=seed, recall=recall), rows),
            names(world.eyes(WORST, seed=seed), rows),
        )
    assert len(stored) == 1
