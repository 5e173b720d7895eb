"""Whatever is sent to any route: no failure of the server, and a refused message changes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fsannot.annotation.actions import ACTIONS
from fsannot.studio.routes import application
from tests.studio.conftest import HOST, ORIGIN, TOKEN, Page, tiny_studio

CASES = int(os.environ.get("FSANNOT_FUZZ_CASES", "150"))
"""Of each test; 10,000 take some minutes."""
FUZZ = settings(
    max_examples=CASES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)  # fmt: skip
GETS = ("status", "screen", "rows/{}", "image/{}", "crop/{}", "place/{}", "nothing/{}")
POSTS = ("tiles", "save", "act", "redo", "class", "similar", "preview/split", "slider", "preview/cut")
KEYS = "version action index name segment positive negative image criterion threshold rows".split()

numbers = st.one_of(
    st.integers(-3, 40),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(-2000, 2000),
)
texts = st.one_of(
    st.sampled_from(["area", "dynamics", "../x", "<b>", "\0", "", "a/b", "%2e%2e", "x" * 300]),
    st.text(max_size=20),
)
plain = st.one_of(st.none(), st.booleans(), numbers, texts)
values = st.recursive(
    plain,
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=12,
)
boxes = st.lists(st.floats(-100, 1700), min_size=4, max_size=4)
clicks = st.lists(st.lists(st.integers(-2, 100), min_size=2, max_size=2), max_size=3)


def actions() -> st.SearchStrategy[dict[str, Any]]:
    """Actions with their own fields, of the right kind or of any."""

    def of(name: str) -> st.SearchStrategy[dict[str, Any]]:
        own = {f.name: st.one_of(numbers, boxes, clicks, texts, values) for f in fields(ACTIONS[name])}
        return st.fixed_dictionaries({"action": st.just(name), **own})

    return st.one_of(st.sampled_from(sorted(ACTIONS)).flatmap(of), st.dictionaries(texts, values, max_size=4))


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    folder = tmp_path_factory.mktemp("fuzz")
    office = tiny_studio(folder)
    yield Page(office)
    office.close()
    assert (folder / "run" / "trace.jsonl").is_file()


def state(page: Page) -> bytes:
    trace = Path(page.office.desk._trace._path).read_bytes()
    return page.get("api/screen").content + trace


def send(page: Page, path: str, message: object) -> None:
    """Send a message, and check the answer and what it left behind."""
    before = state(page)
    answer = page.post(path, message)
    assert answer.status_code in {200, 409, 413, 422}, (answer.status_code, answer.text)
    if answer.status_code != 200:
        assert answer.json()["error"]
        assert state(page) == before, f"{path} was refused and changed something: {message}"


@FUZZ
@given(record=actions())
def test_any_action(page: Page, record: dict[str, Any]) -> None:
    send(page, "act", {"version": page.load()[0]["version"], "action": record})


@FUZZ
@given(path=st.sampled_from(POSTS), message=st.one_of(st.dictionaries(st.sampled_from(KEYS), values), values))
def test_any_message(page: Page, path: str, message: object) -> None:
    if isinstance(message, dict) and "version" in message:
        message["version"] = page.load()[0]["version"]
    send(page, path, message)


@FUZZ
@given(path=st.sampled_from(GETS), numbers_=st.lists(st.one_of(st.integers(), texts), min_size=2, max_size=2))
def test_any_address(page: Page, path: str, numbers_: list[object]) -> None:
    before = state(page)
    answer = page.get("api/" + path.format(*(quote(str(n), safe="/.") for n in numbers_)))
    assert answer.status_code in {200, 403, 404, 405, 422}, (answer.status_code, answer.text)
    assert state(page) == before


@FUZZ
@given(body=st.binary(max_size=200), kind=st.sampled_from(["application/json", "text/plain", ""]))
def test_any_bytes(page: Page, body: bytes, kind: str) -> None:
    before = state(page)
    for path in POSTS:
        answer = page.client.post(
            f"/{TOKEN}/api/{path}", content=body, headers={"Origin": ORIGIN, "Content-Type": kind}
        )
        assert answer.status_code in {413, 422}
    assert state(page) == before


def test_every_route_is_tried(page: Page) -> None:
    routes = {route.path for route in application(page.office).routes if route.path.startswith("/api/")}  # type: ignore[attr-defined]
    tried = {f"/api/{path}".split("{")[0].rstrip("/") for path in (*GETS, *POSTS)}
    assert {route.split("/{")[0] for route in routes} <= tried
    assert HOST in ORIGIN
