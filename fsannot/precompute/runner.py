"""The stages of many images: networks run in this process, hierarchies are built in worker processes meanwhile."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack

import numpy as np
from joblib.externals.loky import BrokenProcessPool, ProcessPoolExecutor
from joblib.externals.loky.process_executor import TerminatedWorkerError

from fsannot.data.errors import FsannotError
from fsannot.hierarchy.cut import Hierarchy
from fsannot.hierarchy.partitioner import Partitioner, check_counts
from fsannot.precompute.artefacts import edge_arrays, edge_values, feature_arrays
from fsannot.precompute.stages import STAGES, StageName, Stages
from fsannot.precompute.store import Artefact
from fsannot.progress import Progress

log = logging.getLogger(__name__)

HIERARCHIES_PER_WORKER = 16
"""A worker is started for every so many hierarchies: starting one takes longer than building fewer."""


def prepare(stages: Stages, indices: Iterable[int], until: StageName = "features") -> None:
    """Compute what the store lacks, for many images, up to a given stage.

    Args:
        stages: of the dataset.
        indices: images.
        until: the last stage, ``"edges"``, ``"hierarchy"`` or ``"features"``.

    Raises:
        InputError: the threshold leaves a single segment in each of the images, or features are asked for without an
            extractor.
        FsannotError: a worker process died; finished artefacts are in the store.

    Examples:
        >>> import tempfile
        >>> from fsannot.data.synthetic import Synthetic
        >>> from fsannot.edges.gradient import Gradient
        >>> from fsannot.precompute.store import Store
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     stages = Stages(
        ...         dataset=Synthetic(images=2, size=(64, 96)),
        ...         edge_model=Gradient(),
        ...         partitioner=Partitioner("volume", 10.0),
        ...         store=Store(folder),
        ...         workers=0,
        ...     )
        ...     prepare(stages, range(2), until="hierarchy")
        ...     stages.store.summary().split(";")[0]
        'edges: 2 computed, 2 read'
    """
    wanted = list(dict.fromkeys(indices))
    compute_missing(stages, wanted, STAGES[: STAGES.index(until) + 1])
    if until == "features":
        stages.shards.pack(
            wanted, lambda i: stages.features_artefact(i)["features"], dim=stages.require_extractor().dim
        )
    if until != "edges" and wanted:
        check_counts([stages.n_segments(i) for i in wanted], stages.partitioner, needed=2)


def compute_missing(stages: Stages, indices: Sequence[int], names: Sequence[StageName]) -> None:
    """Compute and store what is missing of some stages; shows progress and logs a line per stage.

    The extractor pulls partitions, partitions pull hierarchies, and hierarchies pull edge maps, one batch at a time.
    No more images are in memory than two batches and two per worker.

    Args:
        stages: of the dataset.
        indices: images.
        names: the stages, in order.

    Raises:
        FsannotError: a worker process died; finished artefacts are in the store.
    """
    before = dict(stages.store.misses)
    started = time.perf_counter()
    missing = [i for i in indices if not _complete(stages, i, names)]
    absent = {name: sum(not _stored(stages, name, i) for i in missing) for name in names}
    if missing:
        log.info("to compute: %s", ", ".join(f"{name} of {count} images" for name, count in absent.items()))
    to_build = absent.get("hierarchy", 0)
    pool = None
    if "hierarchy" in names and min(stages.workers, to_build // HIERARCHIES_PER_WORKER):
        # loky: its workers start fresh, so no lock of a network's thread is copied, and they do not run the
        # caller's script again, so that a script needs no guard, and standard input or a notebook will do
        count = min(stages.workers, to_build // HIERARCHIES_PER_WORKER)
        pool = ProcessPoolExecutor(count, initializer=_end_with, initargs=(os.getpid(),))
    failed = True
    try:
        with ExitStack() as opened:
            progress = {
                name: opened.enter_context(Progress(name, unit="image", total=absent[name])) for name in names
            }
            work: Iterator[object] = _edges(stages, indices, missing, progress)
            if "hierarchy" in names:
                work = _hierarchies(stages, indices, missing, progress, pool)
            if "features" in names:
                work = _features(stages, indices, missing, progress, pool)
            for _ in work:
                pass
        failed = False
    except BrokenProcessPool as error:
        died = isinstance(error, TerminatedWorkerError)
        what = "died, by a signal or for lack of memory" if died else "could not read what it was to build"
        raise FsannotError(
            f"a worker process that builds hierarchies {what}; "
            "finished images are kept: run again, with workers=0 to build them in the main process"
        ) from error
    finally:
        if pool is not None:
            pool.shutdown(kill_workers=failed)
    for name in names:
        computed = stages.store.misses[name] - before.get(name, 0)
        log.info(
            "%s: %d of %d images computed, %.2f s in all when they were",
            name, computed, len(indices), stages.seconds[name],
        )  # fmt: skip
    log.info("stages up to %s: %.2f s by the clock", names[-1], time.perf_counter() - started)


def _complete(stages: Stages, index: int, names: Sequence[StageName]) -> bool:
    """Whether the store has all stages of an image; takes note of their seconds."""
    for name in names:
        seconds = stages.store.peek(name, stages.key(name, index))
        if seconds is None:
            return False
        stages.note_seconds(name, index, float(seconds))
    return True


def _stored(stages: Stages, name: StageName, index: int) -> bool:
    return stages.store.peek(name, stages.key(name, index)) is not None


def _edges(
    stages: Stages, indices: Sequence[int], missing: Sequence[int], progress: Mapping[StageName, Progress]
) -> Iterator[tuple[int, Artefact]]:
    """Edge maps of the images ``missing``, in order, predicted a batch at a time where the store lacks them.

    Batches are cut from all ``indices``, and predicted whole, so that a resumed run forms the same ones: last
    digits of a network's output may depend on what is in a batch.
    """
    wanted = set(missing)
    for first in range(0, len(indices), stages.batch_size):
        batch = list(indices[first : first + stages.batch_size])
        absent = {i for i in batch if not _stored(stages, "edges", i)}
        fresh: dict[int, Artefact] = {}
        if absent & wanted:
            start = time.perf_counter()
            maps = stages.predict_edges(batch)
            each = (time.perf_counter() - start) / len(batch)
            for i, edge_map in zip(batch, maps, strict=True):
                if i in absent:
                    fresh[i] = Artefact(edge_arrays(edge_map), each)
                    stages.store.put("edges", stages.key("edges", i), fresh[i], each)
                    stages.note_seconds("edges", i, each)
            progress["edges"].advance(len(absent & wanted))
        for i in batch:
            if i in wanted:
                yield i, fresh.get(i) or stages.edges_artefact(i)


def _hierarchies(
    stages: Stages,
    indices: Sequence[int],
    missing: Sequence[int],
    progress: Mapping[StageName, Progress],
    pool: ProcessPoolExecutor | None,
) -> Iterator[tuple[int, Artefact]]:
    """Hierarchies in order; with a pool, as many are being built ahead as there is room for."""
    ahead = stages.batch_size + 2 * stages.workers if pool else 0
    pending: deque[tuple[int, Future[Artefact] | Artefact]] = deque()

    def take() -> tuple[int, Artefact]:
        i, built = pending.popleft()
        if isinstance(built, Future):
            built = built.result()
            stages.store.put("hierarchy", stages.key("hierarchy", i), built, built.seconds)
            progress["hierarchy"].advance()
        stages.note_seconds("hierarchy", i, built.seconds)
        return i, built

    for i, edges in _edges(stages, indices, missing, progress):
        stored = _stored(stages, "hierarchy", i)
        if stored or pool is None:
            pending.append((i, stages.hierarchy_artefact(i)))
            if not stored:
                progress["hierarchy"].advance()
        else:
            build = stages.partitioner.without_features()
            pending.append((i, pool.submit(_build, build, edges["edges"], stages.partition_maps(i))))
        while len(pending) > ahead:
            yield take()
    while pending:
        yield take()


def _features(
    stages: Stages,
    indices: Sequence[int],
    missing: Sequence[int],
    progress: Mapping[StageName, Progress],
    pool: ProcessPoolExecutor | None,
) -> Iterator[int]:
    """Features of initial partitions; batches of segments run across images."""
    waiting: deque[int] = deque()
    upstream = 0.0  # seconds of this generator's time that belong to the stages before

    def partitions() -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        nonlocal upstream
        start = time.perf_counter()
        for i, arrays in _hierarchies(stages, indices, missing, progress, pool):
            if not _stored(stages, "features", i):
                label_map = stages.cut(i, Hierarchy.from_arrays(arrays))
                waiting.append(i)
                image = stages.image(i)
                upstream += time.perf_counter() - start
                yield image, label_map, np.arange(label_map.max() + 1, dtype=np.int32)
                start = time.perf_counter()
        upstream += time.perf_counter() - start

    extractor = stages.require_extractor()
    last = time.perf_counter()
    for rows in extractor.extract_stream(partitions()):
        now = time.perf_counter()
        seconds, upstream = max(now - last - upstream, 0.0), 0.0
        i = waiting.popleft()
        stages.store.put("features", stages.key("features", i), feature_arrays(rows), seconds)
        stages.note_seconds("features", i, seconds)
        progress["features"].advance()
        yield i
        last = time.perf_counter()


def _end_with(parent: int) -> None:
    """Let a worker end when the process that started it is killed, rather than wait for work for ever."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _build(partitioner: Partitioner, stored_edges: np.ndarray, maps: Sequence[np.ndarray]) -> Artefact:
    """Hierarchy of a stored edge map; runs in a worker."""
    start = time.perf_counter()
    arrays = partitioner.build(edge_values(stored_edges), maps).to_arrays()
    return Artefact(arrays, time.perf_counter() - start)
