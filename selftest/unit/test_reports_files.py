"""What reports read and write: run directories, files for Allure, staged results, the front page."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from reports import building
from reports.__main__ import app
from reports.allure_files import CATEGORIES, environment, write_allure_files
from reports.allure_html import with_front
from reports.allure_staging import pages_of, stage
from reports.front import front
from reports.hand_over import hand_over
from reports.run_directory import open_run
from reports.trouble import ReportError
from selftest.samples.run import write_run

ALLURE_PAGE = """<html><head></head><body>
<div id="app"></div><script async src="https://www.googletagmanager.com/gtag/js?id=G-1"></script>
    <script>gtag('config', 'G-1');</script><script>data()</script></body></html>"""


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two runs of one session: Allure's results are shared."""
    folder = tmp_path_factory.mktemp("out")
    write_run(folder / "redundant-lb", slow_standby=True, allure_dir=folder / "allure-results")
    write_run(folder / "redundant", topology="redundant", allure_dir=folder / "allure-results")
    return folder


def category(status: str, message: str) -> str:
    return next(
        str(rule["name"])
        for rule in CATEGORIES
        if status in rule["matchedStatuses"] and re.fullmatch(rule.get("messageRegex", r"[\s\S]*"), message)
    )


@pytest.mark.parametrize(
    ("status", "message", "name"),
    [
        (
            "failed",
            "conformance.plugin.runs.RequirementViolated: WEB-9 is violated.\nx",
            "Requirement violated",
        ),
        ("failed", "AssertionError: assert 1 == 2", "Requirement violated"),
        ("failed", "Failed: strict xfail", "The suite itself broke"),
        ("broken", "conformance.plugin.runs.Unproven: WEB-9 is not proven.", "Not proven"),
        ("broken", "topologies.errors.NotReady: standby: not within 15 s", "Lab trouble"),
        ("broken", "topologies.errors.FaultDidNotTakeHold: power loss left no trace", "Lab trouble"),
        ("broken", "TypeError: LabError is not callable", "The suite itself broke"),
    ],
)
def test_category_follows_the_class_of_the_error(status: str, message: str, name: str) -> None:
    assert category(status, message) == name


def test_environment_names_software_per_node(out: Path) -> None:
    facts = environment(open_run(out / "redundant-lb").verdict)
    assert facts["lb1"] == "haproxy 3.0.11, keepalived 2.3.3"
    assert facts["engine"] == "Docker 20.10.24, cgroup v1"
    assert (facts["seed"], facts["defect"]) == ("20240817", "slow-advert")


def test_files_for_allure(tmp_path: Path) -> None:
    verdict = write_run(tmp_path / "run") | {"environment": {"path": "a\\b\nc"}}
    write_allure_files(verdict, tmp_path / "allure")
    lines = (tmp_path / "allure/environment.properties").read_text().splitlines()
    assert "suite\\ version=0.1.0" in lines
    assert "path=a\\\\b c" in lines
    assert json.loads((tmp_path / "allure/categories.json").read_text())[0]["name"] == "Requirement violated"
    assert "redundant-lb" in json.loads((tmp_path / "allure/executor.json").read_text())["buildName"]


def test_results_of_a_shared_folder_go_to_their_own_run(out: Path, tmp_path: Path) -> None:
    pages = stage(open_run(out / "redundant-lb"), tmp_path / "staged", prefix="1")
    staged = [json.loads(file.read_text()) for file in (tmp_path / "staged").glob("*-result.json")]
    assert len(pages) == len(staged) == 6
    assert {
        label["value"] for result in staged for label in result["labels"] if label["name"] == "topology"
    } == {"redundant-lb with defect slow-advert"}
    assert all(result["testCaseId"].startswith("1 ") for result in staged)
    named = {attachment["source"] for result in staged for attachment in result["attachments"]}
    assert named == {file.name for file in (tmp_path / "staged").iterdir()} - {
        f"{r['uuid']}-result.json" for r in staged
    }


def test_staging_leaves_what_pytest_wrote_alone(out: Path, tmp_path: Path) -> None:
    before = {file: file.read_bytes() for file in (out / "allure-results").iterdir()}
    stage(open_run(out / "redundant"), tmp_path / "staged")
    assert {file: file.read_bytes() for file in (out / "allure-results").iterdir()} == before


def test_worst_test_comes_first_and_belongs_to_its_requirement(out: Path, tmp_path: Path) -> None:
    pages = stage(open_run(out / "redundant-lb"), tmp_path / "staged")
    assert [page.status for page in pages[:2]] == ["failed", "broken"]
    assert [page.feature for page in pages_of("WEB-1", pages)] == ["WEB-1 Access through the load balancer"]


def test_front_page_holds_everything_in_itself(out: Path, tmp_path: Path) -> None:
    runs = [open_run(out / name) for name in ("redundant-lb", "redundant")]
    html = front([(run, stage(run, tmp_path / run.path.name)) for run in runs])
    assert 'redundant-lb with defect slow-advert: <strong id="verdict-1">violated</strong>' in html
    assert 'redundant: <strong id="verdict-2">conformant</strong>' in html
    assert html.count('<img class="timeline"') == 6
    assert html.count('<img class="drawing"') == 2
    assert not re.search(r"""(src|href)=["'](?!data:|#)""", html)


def test_front_page_says_what_a_pass_left_out(tmp_path: Path) -> None:
    verdict = write_run(tmp_path / "run")
    file = tmp_path / "run/verdict.json"
    assert '<p class="reason">' not in front([(open_run(tmp_path / "run"), ())])
    verdict["requirements"][0]["reason"] = "2 checks hold; only by power-loss; left out: freeze"
    file.write_text(json.dumps(verdict), encoding="utf-8")
    html = front([(open_run(tmp_path / "run"), ())])
    assert html.count('<p class="reason">') == 1
    assert '<p class="reason">2 checks hold; only by power-loss; left out: freeze</p>' in html


def test_of_repeats_the_worst_timeline_is_shown(tmp_path: Path) -> None:
    write_run(tmp_path / "run")
    first = tmp_path / "run/cases/power-loss-of-lb1"
    for number, upper_s in ((2, 0.44), (3, 0.2)):
        copy = tmp_path / f"run/cases/power-loss-of-lb1-{number}"
        copy.mkdir()
        case = json.loads((first / "case.json").read_text())
        for outage in case["judgements"][0]["results"][0]["outages"]:
            outage["upper_s"] = upper_s
        (copy / "case.json").write_text(json.dumps(case))
        (copy / "outage.svg").write_text(f"<svg>{upper_s}</svg>")
    html = front([(open_run(tmp_path / "run"), [])])
    assert "worst of 3 repeats" in html
    assert "PHN2Zz4wLjQ0PC9zdmc+" in html, "the picture of the longest outage"
    assert html.count('<img class="timeline"') == 3


def test_front_page_shows_the_distribution_over_repeats(tmp_path: Path) -> None:
    write_run(tmp_path / "run", repeats=4)
    html = front([(open_run(tmp_path / "run"), [])])
    assert "Distribution over repeats" in html
    assert html.count('role="img"') == 5, "two probes of two failures of a balancer, one of a web server"
    assert html.count("<circle") == 20
    assert html.count("worst of 4 repeats") == 3, "whichever web server it was"
    assert "crash of jtel-web</td>" in " ".join(html.split()).replace(" </td>", "</td>")


def test_front_page_without_repeats_shows_no_distribution(out: Path) -> None:
    html = front([(open_run(out / "redundant"), [])])
    assert "Distribution" not in html
    assert "<svg" not in html


def test_text_of_a_run_cannot_become_markup(tmp_path: Path) -> None:
    write_run(tmp_path / "run")
    file = tmp_path / "run/verdict.json"
    file.write_text(file.read_text().replace("Takeover of the virtual IP", "<script>alert(1)</script>"))
    assert "<script>alert" not in front([(open_run(tmp_path / "run"), [])])


def test_page_does_not_call_home() -> None:
    html = with_front(ALLURE_PAGE, "<p>ours</p>")
    assert "googletagmanager" not in html
    assert "gtag(" not in html
    assert html.index("<p>ours</p>") < html.index('<div id="app">') < html.index("data()")


def test_page_of_an_unknown_allure_is_refused() -> None:
    with pytest.raises(ReportError, match="not built as expected"):
        with_front("<html></html>", "")


def broken(tmp_path: Path, what: str) -> Path:
    """Return a run directory with one thing wrong."""
    run_dir = tmp_path / "run"
    if what == "absent":
        return run_dir
    write_run(run_dir)
    match what:
        case "no verdict":
            (run_dir / "verdict.json").unlink()
        case "torn verdict":
            (run_dir / "verdict.json").write_text('{"requirements": [')
        case "no results":
            (run_dir / "allure-results").rename(run_dir / "elsewhere")
    return run_dir


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("absent", "no such directory"),
        ("no verdict", "verdict.json: missing"),
        ("torn verdict", "verdict.json: cannot be read"),
        ("no results", "holds no allure-results"),
        ("fine", "Allure is not installed, so no report can be made: run `make setup`"),
    ],
)
def test_command_says_what_is_wrong_in_one_sentence_and_exits_4(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, sentence: str
) -> None:
    monkeypatch.setenv("JTEL_CONFORMANCE_HOME", str(tmp_path / "empty"))
    told = CliRunner().invoke(app, ["build", str(broken(tmp_path, what))])
    assert told.exit_code == 4
    assert sentence in told.stderr
    assert told.stderr.count("\n") == 1
    assert not list(tmp_path.rglob(".report-*")), "nothing half-made is left"


def test_hand_over_tells_why_there_is_no_report_and_completes_the_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JTEL_CONFORMANCE_HOME", str(tmp_path / "empty"))
    verdict: dict[str, Any] = write_run(tmp_path / "run")
    assert "make setup" in (hand_over(tmp_path / "run", tmp_path / "run/allure-results", verdict) or "")
    assert (tmp_path / "run/allure-results/categories.json").is_file()


def test_report_is_written_whole_where_it_belongs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "generate", lambda *_, **__: ALLURE_PAGE)
    run_dir = tmp_path / "run"
    write_run(run_dir)
    assert building.build([run_dir]) == run_dir / "report.html"
    assert building.build([run_dir], tmp_path / "deep/er.html") == tmp_path / "deep/er.html"
    assert sorted(entry.name for entry in run_dir.iterdir()) == [
        "allure-results",
        "cases",
        "report.html",
        "verdict.json",
    ]
