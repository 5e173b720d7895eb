"""The page in a real browser: no error, no request, and pointer, keyboard and slider do what they say."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fsannot.data.sample import Sample
from fsannot.report.page import write_report
from fsannot.studies.search_page import write_study_page
from fsannot.studies.search_results import SearchTrial, StudyResults
from tests.report.conftest import session_run
from tests.report.devtools import Chromium, executable

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    if executable() is None:
        pytest.skip("no Chromium; install the package chromium")
    with Chromium(tmp_path_factory.mktemp("profile")) as chromium:
        yield chromium


@pytest.fixture(scope="module")
def page(runs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(list(runs.values()), tmp_path_factory.mktemp("page") / "report.html")


@pytest.fixture
def opened(browser: Chromium, page: Path) -> Iterator[Chromium]:
    browser.errors.clear()
    browser.requests.clear()
    browser.open(page)
    browser.evaluate("document.documentElement.style.scrollBehavior = 'auto'")
    yield browser
    assert browser.errors == []
    assert browser.requests == [page.resolve().as_uri()]


DRAWN = """(share => {
  const canvas = document.querySelector(".points"), place = canvas.getBoundingClientRect();
  const scale = canvas.width / place.width, found = [];
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  for (let i = 0; i < data.length; i += 4) {
    const pixel = data.slice(i, i + 3);
    if (Math.max(...pixel) - Math.min(...pixel) > 90) found.push(i / 4);
  }
  const chosen = found[Math.floor(found.length * share)];
  return [place.x + (chosen % canvas.width) / scale, place.y + Math.floor(chosen / canvas.width) / scale];
})"""


def centre(browser: Chromium, selector: str) -> tuple[float, float]:
    node = f"document.querySelector({selector!r})"
    browser.evaluate(f"{node}.scrollIntoView({{block: 'center'}})")
    x, y = browser.evaluate(f"(r => [r.x + r.width / 2, r.y + r.height / 2])({node}.getBoundingClientRect())")
    return x, y


def point_of_a_segment(browser: Chromium, share: float = 0.5) -> tuple[float, float]:
    """Where some segment is drawn, found by its colour: the page itself is not asked."""
    centre(browser, ".points")
    x, y = browser.evaluate(f"{DRAWN}({share})")
    return x, y


def card(browser: Chromium) -> str | None:
    node = "document.querySelector('.hover-card')"
    return browser.evaluate(f"{node}.hidden || !{node}.querySelector('.thumb') ? null : {node}.textContent")


def test_opens_complete(opened: Chromium) -> None:
    assert opened.evaluate("document.querySelectorAll('table.results').length") == 2
    assert opened.evaluate("document.querySelectorAll('svg.chart').length") == 2
    assert opened.evaluate("document.querySelectorAll('path.curve').length") == 3
    assert opened.evaluate("document.querySelectorAll('.example').length") == 14
    assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")
    broken = "[...document.images].filter(i => !i.complete || !i.naturalWidth).length"
    opened.evaluate("Promise.all([...document.images].map(i => i.decode()))")
    assert opened.evaluate(broken) == 0


def test_hover_shows_the_thumbnail(opened: Chromium) -> None:
    assert card(opened) is None
    opened.move(*point_of_a_segment(opened))
    text = card(opened)
    assert text is not None
    assert "segment" in text
    assert "group/" in text
    url = "getComputedStyle(document.querySelector('.hover-card .thumb')).backgroundImage"
    assert opened.evaluate(url).startswith('url("blob:')
    size = opened.evaluate(
        f"new Promise((done, fail) => {{ const i = new Image(); i.onload = () => done(i.naturalWidth);"
        f" i.onerror = fail; i.src = {url}.slice(5, -2); }})"
    )
    assert size == 1024
    opened.move(5, 5)
    assert card(opened) is None


def test_the_first_picture_fills_the_canvas(opened: Chromium) -> None:
    places = [point_of_a_segment(opened, share) for share in (0.0, 0.999)]
    top, bottom = places[0][1], places[1][1]
    height = opened.evaluate("document.querySelector('.points').clientHeight")
    assert bottom - top > height / 3


def test_slider_changes_the_step(opened: Chromium) -> None:
    status = "document.querySelector('.step-status').textContent"
    count = "[...document.querySelectorAll('.side .legend .count')].pop().textContent"
    assert opened.evaluate(status).startswith("Step 40 of 40")
    assert opened.evaluate(count) == "0"
    opened.evaluate("document.querySelector('.timeline input').focus()")
    opened.press("Home")
    assert opened.evaluate(status).startswith("Step 0 of 40")
    assert opened.evaluate(count) != "0"
    opened.press("ArrowRight")
    assert opened.evaluate(status).startswith("Step 2 of 40")
    opened.click(*centre(opened, ".film button:last-child"))
    assert opened.evaluate(status).startswith("Step 40 of 40")


def test_keyboard_moves_among_the_segments(opened: Chromium) -> None:
    opened.evaluate("document.querySelector('.points').focus()")
    opened.press("ArrowRight")
    first = card(opened)
    opened.press("ArrowRight")
    second = card(opened)
    assert first is not None
    assert second is not None
    assert first != second
    said = opened.evaluate("document.querySelector('.session [aria-live]').textContent")
    assert "segment" in said
    opened.press("Enter")
    assert opened.evaluate("Number(document.querySelector('.side select').value)") >= 0
    assert opened.evaluate("document.querySelectorAll('.strip button .thumb').length") > 5
    opened.press("PageUp")
    assert not opened.evaluate("document.querySelector('.step-status').textContent").startswith("Step 40")
    opened.press("Escape")
    assert card(opened) is None
    assert opened.evaluate("document.querySelector('.side select').value") == "-1"


def test_thumbnails_on_the_canvas_zoom_and_another_run(opened: Chromium) -> None:
    drawn = "document.querySelector('.points').toDataURL()"
    points = opened.evaluate(drawn)
    opened.evaluate("document.querySelectorAll('.options .choice input')[1].click()")
    opened.evaluate("new Promise(done => setTimeout(done, 300))")
    assert opened.evaluate(drawn) != points
    opened.evaluate("document.querySelector('.zoom button').click()")
    opened.settle()
    opened.evaluate("document.querySelectorAll('#sessions > .choice input')[1].click()")
    opened.settle()
    names = opened.evaluate(
        "[...document.querySelectorAll('.side .legend li span:nth-child(2)')].map(s => s.textContent)"
    )
    assert names == ["sky", "road", "car", "tree", "person", "unlabelled"]


def test_chart_is_read_off_by_pointer_and_keyboard(opened: Chromium) -> None:
    opened.move(*centre(opened, "svg.chart"))
    readout = "document.querySelector('.readout').textContent"
    assert "greedy_box" in opened.evaluate(readout)
    opened.move(3, 3)
    opened.evaluate("document.querySelector('svg.chart').focus()")
    opened.press("ArrowLeft")
    assert "After" in opened.evaluate(readout)
    opened.evaluate("document.querySelectorAll('.chart-card .choice input')[1].click()")
    opened.settle()
    assert opened.evaluate("document.querySelector('.axis-label').textContent") == "Waiting seconds per image"


def limits(browser: Chromium) -> list[float]:
    """Ends of quality and seconds that the first chart shows: y0, y1, x0, x1."""
    return browser.evaluate(
        "[...document.querySelector('.limits').querySelectorAll('input')].map(i => i.valueAsNumber)"
    )


def ticks(browser: Chromium) -> list[float]:
    """Labels of the first chart's vertical axis."""
    return browser.evaluate(
        "[...document.querySelector('svg.chart').querySelectorAll('.tick-label[text-anchor=end]')]"
        ".map(t => Number(t.textContent))"
    )


def test_chart_zooms_by_fields_keys_wheel_and_drag(opened: Chromium) -> None:
    whole = limits(opened)
    assert whole[:2] == [0, 1] and ticks(opened)[-1] == 1
    for place, value in ((0, 0.85), (1, 0.9)):  # a person types the ends
        opened.evaluate(
            f"(i => {{ i.value = {value}; i.dispatchEvent(new Event('change')) }})"
            f"(document.querySelectorAll('.limits input')[{place}])"
        )
    opened.settle()
    assert limits(opened)[:2] == [0.85, 0.9] and limits(opened)[2:] == whole[2:]
    assert ticks(opened) == [0.85, 0.86, 0.87, 0.88, 0.89, 0.9]
    outside = "(p => p.getAttribute('clip-path'))(document.querySelector('svg.chart g'))"
    assert opened.evaluate(outside).startswith("url(#clip")
    opened.evaluate("document.querySelector('svg.chart').focus()")
    opened.press("ArrowUp")
    assert limits(opened)[:2] == [0.855, 0.905]
    opened.press("Home")
    assert limits(opened) == whole
    for _ in range(3):
        opened.press("+")
    low, high = limits(opened)[:2]
    assert high - low == pytest.approx(1 / 1.25**3, abs=2e-3)
    opened.press("-")
    assert limits(opened)[1] - limits(opened)[0] == pytest.approx(1 / 1.25**2, abs=2e-3)
    opened.press("Escape")
    x, y = centre(opened, "svg.chart")
    opened.wheel(x, y, -100)  # the chart has the focus
    assert limits(opened)[1] - limits(opened)[0] == pytest.approx(0.8, abs=2e-3)
    opened.press("Escape")
    opened.drag((x - 100, y - 40), (x + 100, y + 40))
    shown = limits(opened)
    assert shown[0] > 0 and shown[1] < 1 and shown[2] > 0 and shown[3] < whole[3]
    opened.evaluate("document.querySelector('.limits button').click()")
    assert limits(opened) == whole


def test_the_wheel_moves_the_page_while_the_chart_has_no_focus(opened: Chromium) -> None:
    whole = limits(opened)
    opened.wheel(*centre(opened, "svg.chart"), -100)
    assert limits(opened) == whole


@pytest.mark.parametrize("width", [800, 1400])
def test_nothing_is_cut_off(
    browser: Chromium, runs: dict[str, Path], samples: list[Sample], tmp_path: Path, width: int
) -> None:
    """Several runs with long names over the same images: tables, charts and examples fit or wrap."""
    folders = [runs["session"], runs["clicks"]]
    for seed in range(3):
        run = session_run(tmp_path / f"a run with a long name {seed}", samples, seed=seed, steps=10)
        (run / "config.yaml").write_text(f"robot: {{caution: {seed + 2}.5}}\nseed: {seed}\n")
        folders.append(run)
    page = write_report([*folders, runs["semantic"]], tmp_path / "report.html")
    browser.resize(width, 900)
    browser.errors.clear()
    browser.open(page)
    try:
        assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth")
        cut = browser.evaluate(
            "[...document.querySelectorAll('main, main *')].filter(e => e.scrollWidth > e.clientWidth + 1 && "
            "e.clientWidth && !['PRE', 'INPUT'].includes(e.tagName) && getComputedStyle(e).overflowX !== 'visible' && "
            "!e.closest('.visually-hidden')).map(e => e.className)"
        )
        assert cut == []
        beyond = browser.evaluate(  # texts of a chart that leave it
            "[...document.querySelectorAll('svg.chart text')].filter(t => (r => (f => r.left < f.left - 1 || "
            "r.right > f.right + 1)(t.closest('svg').getBoundingClientRect()))(t.getBoundingClientRect()))"
            ".map(t => t.textContent)"
        )
        assert beyond == []
    finally:
        browser.resize(1440, 900)
    assert browser.errors == []


def test_a_bound_of_several_runs_is_drawn_once(
    opened: Chromium, runs: dict[str, Path], tmp_path: Path
) -> None:
    page = write_report([runs["session"], runs["session"]], tmp_path / "twice.html")
    opened.open(page)
    assert opened.evaluate("document.querySelectorAll('line.bound').length") == 1
    opened.requests.pop()


def test_without_scripts_the_charts_are_pictures(browser: Chromium, page: Path) -> None:
    browser.scripts(False)
    try:
        browser.open(page, settle=False)
        shown = browser.count("figure.static svg.chart path.curve")
    finally:
        browser.scripts(True)
    assert shown == 3


def test_every_control_has_a_name(opened: Chromium) -> None:
    nameless = opened.evaluate(
        "[...document.querySelectorAll('button, input, select, a, [tabindex], img')].filter(e =>"
        " !(e.ariaLabel || e.textContent.trim() || e.labels?.length || e.hasAttribute('alt'))"
        ").map(e => e.outerHTML)"
    )
    assert nameless == []


def test_a_page_of_clicks_alone(browser: Chromium, runs: dict[str, Path], tmp_path: Path) -> None:
    page = write_report([runs["clicks"]], tmp_path / "clicks.html")
    browser.errors.clear()
    browser.open(page)
    assert browser.errors == []
    assert browser.evaluate("document.querySelectorAll('path.curve').length") == 1
    assert "None of these runs has a projection" in browser.evaluate(
        "document.getElementById('sessions').textContent"
    )


def test_the_page_of_a_search(browser: Chromium, tmp_path: Path) -> None:
    trials = tuple(
        SearchTrial(
            number=i,
            params={"hierarchy": ["volume", "area"][i % 2], "hierarchy.threshold": 10.0 * (i + 1)},
            objective=0.5 + 0.05 * i,
            quality=None if i == 2 else 0.6 + 0.05 * i,
            human_seconds_per_image=None if i == 2 else 5.0,
            pruned=i == 2,
            folder=str(i),
        )
        for i in range(5)
    )
    importance = {"hierarchy": 0.3, "hierarchy.threshold": 0.7}
    study = StudyResults("<hierarchy>", trials, 1, importance, {"seed": "0"})
    page = write_study_page(study, tmp_path / "search.html")
    browser.errors.clear()
    browser.requests.clear()
    browser.open(page)
    assert browser.evaluate("document.querySelectorAll('polyline.line').length") == 5
    assert browser.evaluate("document.querySelector('h1').textContent") == "Search <hierarchy>"
    assert browser.evaluate("document.querySelector('tr.best td').textContent") == "4"
    assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth")
    wide = "getComputedStyle(document.querySelectorAll('polyline.line')[4]).strokeWidth"
    assert browser.evaluate(wide) == "1.6px"
    x, y = browser.evaluate(  # a point of the best trial's line
        "(l => (p => [p.x, p.y])(l.getPointAtLength(l.getTotalLength() / 4)"
        ".matrixTransform(l.getScreenCTM())))(document.querySelectorAll('polyline.line')[4])"
    )
    browser.move(x, y)
    assert browser.evaluate(wide) == "4px"
    assert browser.errors == []
    assert browser.requests == [page.resolve().as_uri()]
