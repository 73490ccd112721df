"""The report as its reader sees it: in a browser, verdict, timeline and drawing are there and legible."""

from pathlib import Path
from typing import Any

import pytest
from matplotlib.image import imread

from reports.building import build
from reports.set_up import default_home, ensure_allure
from selftest.samples.browser import Browser, NoBrowser
from selftest.samples.run import write_run

REPEATS = 20
LOOK = """
const wait = async (holds) => {
  for (let turn = 0; turn < 200 && !holds(); turn++) { await new Promise((done) => setTimeout(done, 25)); }
};
const shown = (node) => node !== null && node.getClientRects().length > 0;
const pictures = (kind) => [...document.querySelectorAll('#jtel-front img.' + kind)].map((image) => ({
  shown: shown(image), width: image.getBoundingClientRect().width, alt: image.alt,
  loaded: image.complete && image.naturalWidth > 0,
}));
const front = document.getElementById('jtel-front');
const box_of = (what) => front.querySelector(what).getBoundingClientRect();
const verdict = document.getElementById('verdict-1');
const first = {
  verdict: verdict.textContent, size: parseFloat(getComputedStyle(verdict).fontSize), shown: shown(verdict),
  top: verdict.getBoundingClientRect().top,
  rows: [...front.querySelectorAll('.requirements tbody tr')].map((row) => row.innerText),
  spreads: [...front.querySelectorAll('.distribution td.strip')].map((cell) => {
    const box = (node) => node.getBoundingClientRect();
    const dots = [...cell.querySelectorAll('circle')];
    return {
      row: cell.parentNode.innerText, shown: shown(cell.firstChild), width: box(cell.firstChild).width,
      colours: [...new Set(dots.map((dot) => getComputedStyle(dot).fill))],
      dots: dots.map((dot) => box(dot).x),
      line: box(cell.querySelector('.limit')).x, top: box(cell).top,
    };
  }),
  above: box_of('.requirements').bottom, below: box_of('h2 + figure').top,
  timelines: pictures('timeline'), drawings: pictures('drawing'),
  overflow: document.documentElement.scrollWidth - window.innerWidth,
};
document.querySelector('#jtel-front .more').click();
await wait(() => !shown(front) && document.getElementById('app').innerText.includes('User access'));
const tests = { front: shown(front), text: document.getElementById('app').innerText };
document.getElementById('jtel-back').click();
await wait(() => shown(front));
const back = shown(front);
[...document.querySelectorAll('#jtel-front td.id a')].find((link) => link.innerText === 'WEB-9').click();
await wait(() => document.getElementById('app').innerText.includes('outage timeline'));
const page = document.getElementById('app').innerText;
const loaded = performance.getEntriesByType('resource').map((entry) => entry.name);
return { first, tests, back, page, strangers: loaded.filter((name) => name.startsWith('http')) };
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Browser:
    try:
        return Browser(tmp_path_factory.mktemp("profile"))
    except NoBrowser as missing:
        pytest.fail(str(missing), pytrace=False)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ensure_allure(default_home(), print)
    run_dir = tmp_path_factory.mktemp("out") / "redundant-lb"
    write_run(run_dir, slow_standby=True, drawn=True, repeats=REPEATS)
    return build([run_dir])


@pytest.fixture(scope="module")
def seen(browser: Browser, report: Path) -> Any:
    answer = browser.ask(report, LOOK)
    assert "error" not in answer, answer["error"]
    return answer


def test_verdict_is_the_first_thing_that_a_reader_sees(seen: Any) -> None:
    assert seen["first"]["verdict"] == "violated"
    assert seen["first"]["shown"]
    assert seen["first"]["size"] >= 24, "pixels"
    assert seen["first"]["top"] < 200, "pixels from the top"


def test_table_says_what_was_measured_and_what_was_allowed(seen: Any) -> None:
    takeover = next(row for row in seen["first"]["rows"] if row.startswith("WEB-9"))
    for told in (
        "VIOLATED",
        "3.191 - 3.211 s",
        "<= 0.461 s",
        "3 x advert_int",
        "\N{LATIN CAPITAL LETTER U WITH DIAERESIS}bernahme",
    ):
        assert told in takeover


def test_spread_of_repeats_is_told_and_drawn_below_the_table(seen: Any) -> None:
    first = seen["first"]
    assert [" ".join(row["row"].split()) for row in first["spreads"]] == [
        "WEB-5 crash of jtel-web session 20 0.269 0.440 0.593 0.611 <= 0.950 s",
        "WEB-9 freeze of lb1 http 20 0.144 0.232 0.312 0.321 <= 0.461 s",
        "WEB-9 freeze of lb1 https 20 0.144 0.232 0.312 0.321 <= 0.461 s",
        "WEB-9 power loss of lb1 http 20 1.387 2.299 3.115 3.211 <= 0.461 s",
        "WEB-9 power loss of lb1 https 20 1.387 2.299 3.115 3.211 <= 0.461 s",
    ]
    for row in first["spreads"]:
        assert row["shown"]
        assert row["width"] >= 240
        assert first["above"] < row["top"] < first["below"]
        assert len(row["dots"]) == REPEATS


def test_dots_beyond_the_norm_lie_right_of_its_line_in_another_colour(seen: Any) -> None:
    within, beyond = seen["first"]["spreads"][1], seen["first"]["spreads"][-1]
    assert max(within["dots"]) < within["line"] < min(beyond["dots"])
    assert beyond["line"] == within["line"], "one scale for all outages"
    assert within["colours"] == ["rgb(0, 114, 178)"]
    assert beyond["colours"] == ["rgb(200, 16, 46)"]


def test_timelines_are_there_and_legible(seen: Any) -> None:
    timelines = seen["first"]["timelines"]
    assert timelines[0]["alt"] == "outage timeline: power loss of lb1"
    assert len(timelines) == 3
    assert all(picture["shown"] and picture["loaded"] and picture["width"] >= 900 for picture in timelines)


def test_topology_drawing_is_there_and_legible(seen: Any) -> None:
    (drawing,) = seen["first"]["drawings"]
    assert drawing["shown"]
    assert drawing["loaded"]
    assert drawing["width"] >= 800


def test_nothing_sticks_out_sideways(seen: Any) -> None:
    assert seen["first"]["overflow"] <= 0


def test_allures_tests_and_evidence_are_one_click_away_and_so_is_the_way_back(seen: Any) -> None:
    assert not seen["tests"]["front"]
    assert "WEB-9 Takeover of the virtual IP" in seen["tests"]["text"]
    assert seen["back"]


def test_requirement_leads_to_its_test_with_pictures_and_category(seen: Any) -> None:
    for told in ("WEB-9 is violated", "outage timeline", "topology", "history", "Requirement violated"):
        assert told in seen["page"]


def test_report_asks_nobody_else_for_anything(seen: Any, report: Path) -> None:
    assert seen["strangers"] == []
    assert "googletagmanager" not in report.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [1280, 1000])
def test_screenshot_shows_the_colour_of_the_verdict_and_a_drawn_page(
    browser: Browser, report: Path, tmp_path: Path, width: int
) -> None:
    picture = tmp_path / "report.png"
    browser.screenshot(report, picture, width=width)
    pixels = (imread(picture)[:, :, :3] * 255).round().astype(int)
    header = pixels[40, width // 2]
    assert header.tolist() == [165, 15, 38], "the red of a violated run"
    assert len({tuple(colour) for row in pixels[::7, ::7] for colour in row.tolist()}) > 20
