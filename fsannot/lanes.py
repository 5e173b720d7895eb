"""Results whose bits do not depend on the number of threads.

Libraries split a product, a convolution or an interpolation among as many threads as they may use, and where they
split it, or which kernel they take for it, decides the last bits. Here each piece of work is computed on one
thread, and several pieces are computed at the same time, as many as PyTorch has threads (``OMP_NUM_THREADS``).
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

import scipy.linalg  # noqa: F401  # loads SciPy's BLAS, so that the controller below finds it
import torch
from threadpoolctl import ThreadpoolController

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_lanes(items: Iterable[Item], run: Callable[[Item], Result]) -> Iterator[Result]:
    """Results of ``run`` on each item, in order; each call computes on one thread, several calls at a time.

    At most two items a thread are started before their results are needed. An exception of ``run`` is raised
    where its result would be.

    Args:
        items: pieces of work that do not depend on the number of threads.
        run: called in another thread where PyTorch has several; PyTorch's work in it takes one thread. A mode such as
            ``torch.inference_mode`` has to be entered in it, because threads do not inherit it.

    Yields:
        the result of each item.

    Example:
        >>> list(in_lanes([1, 2, 3], lambda item: item * item))
        [1, 4, 9]
    """
    threads = torch.get_num_threads()
    if threads == 1:
        yield from map(run, items)
        return
    pending: deque[Future[Result]] = deque()
    pool = ThreadPoolExecutor(threads)
    try:
        for item in items:
            pending.append(pool.submit(_alone, run, item))
            if len(pending) == 2 * threads:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(threads)  # a part of the number is the process's, not the thread's


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Products and decompositions of PyTorch, NumPy and SciPy inside are computed on one thread.

    For steps too small to gain from several.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with _blas().limit(limits=1, user_api="blas"):
            yield
    finally:
        torch.set_num_threads(threads)


def _alone(run: Callable[[Item], Result], item: Item) -> Result:
    torch.set_num_threads(1)
    return run(item)


@lru_cache(maxsize=1)
def _blas() -> ThreadpoolController:
    """Looking for the libraries takes some milliseconds; they do not change."""
    return ThreadpoolController()
