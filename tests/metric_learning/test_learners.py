"""What every metric learner must do, and what each adds."""

from collections.abc import Callable

import numpy as np
import pytest

from fsannot.data.errors import InputError
from fsannot.features.backbone import Backbone
from fsannot.features.extract import FeatureExtractor
from fsannot.features.subspace import principal_subspace
from fsannot.metric_learning.backbone import BackboneLearner
from fsannot.metric_learning.head import HeadLearner
from fsannot.metric_learning.learner import MetricLearner, NoMetric
from fsannot.metric_learning.table_segments import TableSegments
from fsannot.segments.table import SegmentTable

Scene = tuple[np.ndarray, np.ndarray, TableSegments]


@pytest.fixture(scope="module")
def scene(blobs: Callable) -> Scene:
    """Features, true classes and pixels of segments with one of two stripe directions in any colours."""
    rng = np.random.default_rng(0)
    images, maps, classes = [], [], []
    for _ in range(4):
        label_map = blobs(rng, 96, 96, 12)
        kinds = rng.integers(0, 2, 12)
        stripes = np.stack(np.broadcast_arrays(*np.mgrid[:96, :96])) // 4 % 2
        pattern = np.take_along_axis(stripes, kinds[label_map][None], 0)[0]
        dark, light = rng.integers(0, 100, (12, 3)), rng.integers(150, 256, (12, 3))
        image = np.where(pattern[..., None] == 1, light[label_map], dark[label_map]).astype(np.uint8)
        images.append(image)
        maps.append(label_map)
        classes.append(kinds[np.unique(label_map)])
    table = SegmentTable.concatenate([SegmentTable.from_label_map(m, i) for i, m in enumerate(maps)])
    extractor = FeatureExtractor(
        backbone=Backbone(name="resnet10t", weights="random", seed=0),
        size=48,
        device="cpu",
        precision="fp32",
    )
    segments = TableSegments(
        table=table, load=lambda i: (images[i], maps[i]), extractor=extractor, images_kept=2
    )
    labels = [table.label[table.image == i] for i in range(4)]
    features = np.concatenate(extractor.extract(images, maps, labels))
    return features, np.concatenate(classes), segments


LEARNERS = {
    "none": lambda: NoMetric(),
    "head": lambda: HeadLearner(steps=60, hidden=32, dim=24),
    "head triplet": lambda: HeadLearner(steps=60, loss="triplet", margin=0.3),
    "head linear": lambda: HeadLearner(steps=60, hidden=0, dim=None, balance=False),
    "backbone": lambda: BackboneLearner(epochs=1, samples=20, batch_size=10, lr=0.02),
    "backbone frozen": lambda: BackboneLearner(
        epochs=1, samples=20, batch_size=10, batch_norm="frozen", lr=0.02
    ),
}


@pytest.fixture(params=LEARNERS.values(), ids=LEARNERS.keys())
def make(request: pytest.FixtureRequest) -> Callable[[], MetricLearner]:
    return request.param


def partly(classes: np.ndarray) -> np.ndarray:
    return np.where(np.arange(len(classes)) % 3 == 2, -1, classes)


def contrast(features: np.ndarray, classes: np.ndarray) -> float:
    """Mean similarity within classes less that between them."""
    product, same = features @ features.T, classes[:, None] == classes
    return float(product[same & ~np.eye(len(classes), dtype=bool)].mean() - product[~same].mean())


def test_unit_rows_the_same_for_the_same_seed(make: Callable[[], MetricLearner], scene: Scene) -> None:
    features, classes, segments = scene
    kept = features.copy()
    first, second = (
        make().learn(features, partly(classes), segments, seed=0).embed(features, segments) for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(features, kept)
    assert first.dtype == np.float32
    assert len(first) == len(features)
    np.testing.assert_allclose(np.linalg.norm(first, axis=1), 1, rtol=1e-4)


def test_segments_made_later_are_embedded_too(make: Callable[[], MetricLearner], scene: Scene) -> None:
    features, classes, segments = scene
    embedding = make().learn(features, partly(classes), segments, seed=0)

    class Later:
        extractor = segments.extractor

        def __len__(self) -> int:
            return 5

        def refs(self, rows: np.ndarray) -> list:
            return segments.refs(rows)

    np.testing.assert_allclose(
        embedding.embed(features[:5], Later()), embedding.embed(features, segments)[:5], atol=1e-5
    )


@pytest.mark.parametrize("labels", [[-1] * 48, [0] * 48, [3] * 40 + [-1] * 8])
def test_fewer_than_two_classes(make: Callable[[], MetricLearner], scene: Scene, labels: list[int]) -> None:
    features, _, segments = scene
    with pytest.raises(InputError, match="label more"):
        make().learn(features, np.array(labels)[: len(features)], segments, seed=0)


def test_bad_input(make: Callable[[], MetricLearner], scene: Scene) -> None:
    features, classes, segments = scene
    broken = features.copy()
    broken[0, 0] = np.nan
    for bad_features, bad_labels in (
        (broken, classes),
        (features.astype(np.float64), classes),
        (features, classes[:-1]),
        (features, classes.astype(np.float32)),
    ):
        with pytest.raises(InputError):
            make().learn(bad_features, bad_labels, segments, seed=0)
    if make().needs_segments:
        with pytest.raises(InputError, match="pass the segments"):
            make().learn(features, classes, None, seed=0)


def test_a_head_generalises_from_the_labelled_to_the_others() -> None:
    rng = np.random.default_rng(0)
    classes = rng.integers(0, 3, 300)
    features = rng.normal(size=(300, 40))
    features[:, :3] += 2.5 * np.eye(3)[classes]  # three telling directions among forty
    features = (features / np.linalg.norm(features, axis=1, keepdims=True)).astype(np.float32)
    labels = np.where(np.arange(300) < 150, classes, -1)
    for loss in ("supcon", "triplet"):
        learned = (
            HeadLearner(loss=loss, dim=None, margin=0.5, lr=1e-3).learn(features, labels).embed(features)
        )
        assert contrast(learned[150:], classes[150:]) > contrast(features[150:], classes[150:]) + 0.06


def test_an_untrained_head_keeps_the_geometry() -> None:
    rng = np.random.default_rng(0)
    low = rng.normal(size=(200, 12)) @ rng.normal(size=(12, 60))
    features = (low / np.linalg.norm(low, axis=1, keepdims=True)).astype(np.float32)
    labels = np.arange(200) % 2
    embedded = HeadLearner(dim=12, steps=1, lr=1e-12).learn(features, labels).embed(features)
    np.testing.assert_allclose(embedded @ embedded.T, features @ features.T, atol=1e-4)


def test_principal_subspace_is_that_of_the_singular_vectors() -> None:
    rng = np.random.default_rng(0)
    features = (rng.normal(size=(120, 60)) * np.linspace(5, 0.1, 60)).astype(np.float32)
    basis = principal_subspace(features, 5, seed=0)
    exact = np.linalg.svd(features, full_matrices=False)[2][:5].T
    np.testing.assert_allclose(np.linalg.svd(basis.T @ exact, compute_uv=False), 1, atol=1e-2)


def test_rare_classes_are_drawn_as_often() -> None:
    rng = np.random.default_rng(0)
    members = [np.arange(1000), np.arange(1000, 1040)]
    learner = HeadLearner(batch_size=40)
    assert (np.concatenate([learner._draw(members, 1040, rng) for _ in range(20)]) >= 1000).mean() == 0.5
    many = [np.array([2 * i, 2 * i + 1]) for i in range(100)]
    assert len(learner._draw(many, 200, rng)) <= 40


def test_fine_tuning_pulls_classes_together(scene: Scene) -> None:
    features, classes, segments = scene
    embedding = BackboneLearner(epochs=2, samples=120, batch_size=20, lr=0.02, margin=0.2).learn(
        features, classes, segments
    )
    assert contrast(embedding.embed(features, segments), classes) > contrast(features, classes) + 0.05


def test_fine_tuning_leaves_the_extractor_as_it_was(scene: Scene) -> None:
    features, classes, segments = scene
    before = segments.extractor.fingerprint()
    embedding = BackboneLearner(epochs=1, samples=20, batch_norm="frozen").learn(features, classes, segments)
    tuned = embedding.extractor.backbone.trainable()  # type: ignore[attr-defined]
    assert segments.extractor.fingerprint() == before != embedding.extractor.fingerprint()  # type: ignore
    original = dict(segments.extractor.backbone.trainable().named_buffers())
    assert all((original[k] == v).all() for k, v in tuned.named_buffers() if "running" in k)


def test_a_table_loads_an_image_when_it_is_asked_for(blobs: Callable) -> None:
    maps = [blobs(np.random.default_rng(i), 30, 40, 4) for i in range(3)]
    loaded: list[int] = []

    def load(index: int) -> tuple[np.ndarray, np.ndarray]:
        loaded.append(index)
        return np.zeros((30, 40, 3), np.uint8), maps[index]

    table = SegmentTable.concatenate([SegmentTable.from_label_map(m, i) for i, m in enumerate(maps)])
    extractor = FeatureExtractor(
        backbone=Backbone(name="resnet10t", weights="random"), margin=3, device="cpu"
    )
    segments = TableSegments(table=table, load=load, extractor=extractor, images_kept=1)
    refs = segments.refs(np.array([0, 1, 4, 5]))
    assert loaded == [0, 1]
    assert [r.label for r in refs] == table.label[[0, 1, 4, 5]].tolist()
    y0, x0, y1, x1 = refs[2].box
    inside = maps[1] == refs[2].label
    assert inside[y0:y1, x0:x1].sum() == inside.sum()


@pytest.mark.parametrize(
    ("learner", "key", "value"),
    [
        (HeadLearner, "loss", "softmax"),
        (HeadLearner, "dim", 1),
        (HeadLearner, "steps", 0),
        (HeadLearner, "batch_size", 2),
        (HeadLearner, "temperature", 0.0),
        (HeadLearner, "weight_decay", -1.0),
        (BackboneLearner, "epochs", 0),
        (BackboneLearner, "samples_per_class", 1),
        (BackboneLearner, "lr", 0.0),
        (BackboneLearner, "momentum", 1.0),
        (BackboneLearner, "batch_norm", "eval"),
    ],
)
def test_bad_settings_name_their_key(learner: type[MetricLearner], key: str, value: object) -> None:
    with pytest.raises(InputError, match=f"metric.{key}="):
        learner(**{key: value})
