"""Only the page itself, by the address that was printed, is answered."""

from __future__ import annotations

import pytest

from tests.studio.conftest import HOST, ORIGIN, TOKEN, Page


def test_the_page_and_its_files_are_served_with_a_strict_policy(page: Page) -> None:
    for name, kind in (("", "text/html"), ("main.js", "text/javascript"), ("style.css", "text/css")):
        answer = page.get(name)
        assert answer.status_code == 200 and answer.headers["content-type"].startswith(kind)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert "<script>" not in page.get("").text and " style=" not in page.get("").text


@pytest.mark.parametrize(
    "path", ["/", "/api/screen", "/wrong/api/screen", f"/{TOKEN[:-1]}/", f"/{TOKEN}x/", f"//{TOKEN}/"]
)
def test_without_the_token_nothing_is_told(page: Page, path: str) -> None:
    answer = page.client.get(path, headers={"Host": HOST})
    assert answer.status_code == 403 and "token" in answer.text


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1:8001", "127.0.0.1", ""])
def test_another_host_is_refused(page: Page, host: str) -> None:
    answer = page.client.get(f"/{TOKEN}/", headers={"Host": host})
    assert answer.status_code == 403 and "address" in answer.text


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://127.0.0.1:8000", f"{ORIGIN}.evil.example"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_site_is_refused(page: Page, origin: str, method: str) -> None:
    answer = page.client.request(
        method, f"/{TOKEN}/api/act", json={"version": 0}, headers={"Origin": origin, "Host": HOST}
    )
    assert answer.status_code == 403 and "other sites" in answer.text


def test_a_change_without_origin_is_refused(page: Page) -> None:
    answer = page.client.post(
        f"/{TOKEN}/api/act", json={"version": 0, "action": {"action": "LabelRest", "label": 1}}
    )
    assert answer.status_code == 403
    assert set(page.labels()) == {-1}


@pytest.mark.parametrize(
    "name",
    ["../serve.py", "..%2fserve.py", "%2e%2e/serve.py", "....//serve.py", "/etc/passwd", "..\\serve.py", "api/../../x",
     "api/tiles/../../1", "api/image/..%2f0", "main.js%00.css", "page/main.js"],
)  # fmt: skip
def test_no_path_leads_to_the_file_system(page: Page, name: str) -> None:
    answer = page.get(name)
    assert answer.status_code in {403, 404}
    assert "import" not in answer.text and "root:" not in answer.text


def test_a_form_of_another_site_is_no_message(page: Page) -> None:
    body = '{"version": 0, "action": {"action": "LabelRest", "label": 1}}'
    answer = page.client.post(
        f"/{TOKEN}/api/act", content=body, headers={"Origin": ORIGIN, "Content-Type": "text/plain"}
    )
    assert answer.status_code == 422 and set(page.labels()) == {-1}


def test_a_long_message_is_not_read(page: Page) -> None:
    answer = page.post("act", {"version": 0, "action": {"action": "x" * (1 << 18)}})
    assert answer.status_code == 413
