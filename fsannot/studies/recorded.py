"""A person's or a script's session on prepared images, with all that one wants of it afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from fsannot.annotation.actions import Action
from fsannot.annotation.observation import Observation
from fsannot.annotation.session import AnnotationSession
from fsannot.human.clock import Clock
from fsannot.simulation.recorded import Decide, record_session
from fsannot.studies import parts
from fsannot.studies.prepared import Prepared
from fsannot.studies.simulated import Simulation


def record(
    prepared: Prepared,
    actions: Decide | Iterable[Action],
    *,
    method: str = "person",
    clock: Clock | None = None,
    first_images: int = 15,
    batch_images: int = 1_000_000,
    seed: int = 0,
) -> Simulation:
    """Carry out actions in a new session, and make of it what :func:`~fsannot.studies.simulated.simulate` makes.

    Needs no ground truth; where there is some, quality is measured.

    Args:
        prepared: see :func:`~fsannot.studies.prepared.prepare`.
        actions: the actions in order, such as those of a trace; or a function ``observation → action``, where None
            ends the session.
        method: name of who decides, in the results.
        clock: what the actions cost; None is the default of ``conf/annotate.yaml``.
        first_images: images open at the start.
        batch_images: images one request adds.
        seed: of layouts and learning.

    Returns:
        the finished session; ``save`` writes its run directory.

    Raises:
        InputError: a number out of its range, or an action that is not possible.

    Example:
        >>> from tempfile import mkdtemp
        >>> import fsannot as fa
        >>> from fsannot.annotation.actions import LabelBox
        >>> prepared = fa.prepare(
        ...     fa.dataset("synthetic", images=2, size=[48, 64]), edges=fa.edges("gradient"),
        ...     features=fa.features("pooled_lite0", device="cpu"), projection=fa.projection("pca"),
        ...     hierarchy=fa.hierarchy("area", threshold=60), metric=fa.metric("none"), cache=mkdtemp(), workers=0,
        ... )
        >>> done = record(prepared, [LabelBox((0.0, 0.0, 800.0, 1200.0), label=1)])
        >>> done.summary.method, done.summary.actions
        ('person', 1)
    """
    used = clock or parts.clock()
    session = AnnotationSession(
        prepared.engine(seed),
        classes=prepared.dataset.classes,
        clock=used,
        first_images=first_images,
        batch_images=batch_images,
    )
    result = record_session(
        prepared.dataset,
        session,
        actions if callable(actions) else _one_after_the_other(iter(actions)),
        method=method,
        preparation_seconds=prepared.preparation_seconds,
        seed=seed,
    )
    settings: dict[str, Any] = {"seed": seed, "first_images": first_images, "batch_images": batch_images}
    return Simulation(prepared, result, {"clock": used}, settings)


def _one_after_the_other(actions: Iterator[Action]) -> Decide:
    def decide(_: Observation) -> Action | None:
        return next(actions, None)

    return decide
