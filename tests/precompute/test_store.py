"""Artefacts: complete or absent, found by content, safe to share and to kill."""

from __future__ import annotations

import errno
import logging
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsannot.data.errors import FsannotError, InputError, StoreError
from fsannot.edges.hed import HED
from fsannot.precompute.store import Store, code_version, digest, source_files

KEY = "ab" * 32


def arrays(seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {"a": rng.random((30, 4), dtype=np.float32), "b": rng.integers(0, 9, 7), "c": np.array("text")}


def files(store: Store) -> list[Path]:
    return [path for path in store.root.rglob("*") if path.is_file()]


def test_arrays_come_back_as_they_were(tmp_path: Path) -> None:
    store = Store(tmp_path / "new" / "folder")
    assert store.get("edges", KEY) is None
    store.put("edges", KEY, arrays(), seconds=1.5)
    again = Store(store.root).get("edges", KEY)
    assert again is not None
    assert again.seconds == 1.5
    assert again.keys() == arrays().keys()
    for name, array in arrays().items():
        np.testing.assert_array_equal(again[name], array)
        assert again[name].dtype == array.dtype


def test_computed_once_for_the_same_settings_and_inputs(tmp_path: Path) -> None:
    calls = []

    def compute() -> dict[str, np.ndarray]:
        calls.append(1)
        return {"x": np.arange(3)}

    for _ in range(2):
        store = Store(tmp_path)
        for options, inputs in (({"k": 1}, ["i"]), ({"k": 2}, ["i"]), ({"k": 1}, ["j"])):
            made = store.get_or_compute("features", options, inputs, compute)
            assert made["x"].tolist() == [0, 1, 2]
            assert made.seconds > 0
    assert len(calls) == 3
    assert store.misses["features"] == 0
    assert store.summary() == "features: 0 computed, 3 read"
    store.get_or_compute("edges", {"k": 1}, ["i"], compute)  # another stage is another artefact
    assert len(calls) == 4


@pytest.mark.parametrize("damage", ["truncate", "empty", "flip", "foreign"])
def test_a_damaged_file_is_computed_again(
    tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    store = Store(tmp_path)
    store.get_or_compute("edges", 1, 2, arrays)
    (path,) = files(store)
    content = path.read_bytes()
    flipped = bytearray(content)
    flipped[len(content) // 2] ^= 1
    path.write_bytes(
        {"truncate": content[:-5], "empty": b"", "flip": bytes(flipped), "foreign": b"x" * 99}[damage]
    )
    with caplog.at_level(logging.WARNING):
        again = store.get_or_compute("edges", 1, 2, arrays)
    assert "damaged" in caplog.text
    assert path.name in caplog.text
    np.testing.assert_array_equal(again["a"], arrays()["a"])
    assert path.read_bytes()[-32:] != b""
    assert store.misses["edges"] == 2
    store.get_or_compute("edges", 1, 2, arrays)
    assert store.hits["edges"] == 1


def test_no_python_objects(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with pytest.raises(InputError, match="Python objects"):
        store.put("edges", KEY, {"x": np.array([{}], dtype=object)})
    assert files(store) == []


def test_a_full_disk_leaves_nothing_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path)
    store.put("edges", KEY, {"x": np.arange(3)})

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match=r"No space left.*free space"):
        store.put("edges", "cd" * 32, arrays())
    assert len(files(store)) == 1
    assert store.get("edges", KEY) is not None


def test_a_write_the_system_refuses_leaves_nothing(tmp_path: Path) -> None:
    """A real refusal, half way through a file: the process may not write more than 64 KiB."""
    program = """
import resource, sys
import numpy as np
from fsannot.data.errors import StoreError
from fsannot.precompute.store import Store
store = Store(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (65536, resource.RLIM_INFINITY))
try:
    store.put("edges", "ab" * 32, {"x": np.random.default_rng(0).random(100_000)})
except StoreError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert "File too large" in done.stdout
    assert files(Store(tmp_path)) == []
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 65536


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("")
    with pytest.raises(FsannotError, match="name another folder"):
        Store(tmp_path / "store")


WRITER = """
import sys, time
import numpy as np
from fsannot.precompute.store import Store
store = Store(sys.argv[1])
first, last = int(sys.argv[2]), int(sys.argv[3])
print("ready", flush=True)
for i in range(first, last):
    made = store.get_or_compute("edges", {"k": i}, [], lambda: {"x": np.full(20_000 + i, i)})
    assert (made["x"] == i).all()
"""


def test_processes_share_a_folder(tmp_path: Path) -> None:
    running = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), "0", "40"], stdout=subprocess.DEVNULL)
        for _ in range(2)
    ]
    assert [process.wait(60) for process in running] == [0, 0]
    store = Store(tmp_path)
    assert len(files(store)) == 40
    for i in range(40):
        assert store.get("edges", digest(["edges", {"k": i}, []])) is not None


def test_a_killed_writer_leaves_only_whole_artefacts(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path), "0", "100000"], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    deadline = time.monotonic() + 30
    while len(list(tmp_path.rglob("*.npz"))) < 5 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    store = Store(tmp_path)  # sweeps what was unfinished
    left = files(store)
    assert len(left) >= 5
    assert all(path.suffix == ".npz" and store.get("edges", path.stem) is not None for path in left)


def test_unfinished_files_of_living_processes_stay(tmp_path: Path) -> None:
    store = Store(tmp_path)
    node = os.uname().nodename
    mine = store.root / "unfinished" / f"{node}.{os.getpid()}.0"
    elsewhere = store.root / "unfinished" / "other-node.1.0"
    abandoned = store.root / "unfinished" / "other-node.2.0"
    for path in (mine, elsewhere, abandoned):
        path.write_bytes(b"half")
    os.utime(abandoned, (0, 0))
    Store(tmp_path)
    assert mine.exists()
    assert elsewhere.exists()
    assert not abandoned.exists()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def typed(value: object) -> object:
    """The value with its types, so that 1, 1.0 and True compare as different, and 0.0 and −0.0."""
    if isinstance(value, list):
        return ["list", *map(typed, value)]
    if isinstance(value, dict):
        return ["map", *sorted(((k, typed(v)) for k, v in value.items()), key=lambda pair: pair[0])]
    return (type(value).__name__, repr(value))


@given(VALUES, VALUES)
@settings(max_examples=50, deadline=None)
def test_digests_are_equal_iff_values_are(a: object, b: object) -> None:
    assert (digest(a) == digest(b)) == (typed(a) == typed(b))


def test_digest_of_arrays_and_keys() -> None:
    array = np.arange(6, dtype=np.int32).reshape(2, 3)
    same = [array.copy(), np.asfortranarray(array)]
    others = [array.reshape(3, 2), array.astype(np.int64), array + 1, array.tolist()]
    assert {digest(a) for a in same} == {digest(array)}
    assert digest(array) not in {digest(a) for a in others}
    assert digest({"a": 1, "b": (1, 2)}) == digest({"b": [1, 2], "a": np.int64(1)})
    assert digest([["a"], "b"]) != digest([["a", "b"]])
    assert len(digest(np.empty((0, 4)))) == 64
    for unsupported in (object(), {1, 2}, np.array([None])):
        with pytest.raises(InputError, match="digest"):
            digest(unsupported)


def test_code_version_follows_the_source(tmp_path: Path) -> None:
    def version(body: str) -> str:
        path = tmp_path / "stage.py"
        path.write_text(body)
        namespace: dict = {}
        exec(compile(body, str(path), "exec"), namespace)
        return code_version(namespace["stage"])

    assert version("def stage(): return 1\n") == version("def stage(): return 1\n")
    assert version("def stage(): return 1\n") != version("def stage(): return 2\n")
    assert len(code_version(Store)) == 64


def test_a_room_counts_as_a_whole_but_for_its_training() -> None:
    names = {path.name for path in source_files(HED)}
    assert {"hed.py", "poolnet.py"} <= names
    assert not any(name.startswith("training") for name in names)
