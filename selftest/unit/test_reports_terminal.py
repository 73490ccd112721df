"""The verdict in words and on the terminal."""

import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from reports.terminal import table
from reports.wording import counts, duration_s, measured, norm, reason, subject, worst_check
from selftest.samples.run import write_run


@pytest.fixture(scope="module")
def violated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return write_run(tmp_path_factory.mktemp("out") / "run", slow_standby=True)


def printed(verdict: dict[str, Any], width: int = 100, **more: Any) -> str:
    console = Console(width=width, record=True, file=None, quiet=False, color_system=None)
    with console.capture() as capture:
        console.print(table(verdict, **more))
    return capture.get()


def test_row_says_verdict_measured_and_norm(violated: dict[str, Any]) -> None:
    row = next(line for line in printed(violated).splitlines() if line.strip().startswith("WEB-9"))
    assert (
        " ".join(row.split())
        == "WEB-9 Takeover of the virtual IP \N{BALLOT X} VIOLATED 3.191 - 3.211 s <= 0.461 s"
    )


def test_what_does_not_hold_has_its_reason_and_evidence(violated: dict[str, Any]) -> None:
    text = " ".join(printed(violated).split())
    assert (
        "WEB-9 VIOLATED: service is back within the norm: http: http: no service for 3.191 to 3.211 s" in text
    )
    assert "(evidence: cases/power-loss-of-lb1)" in text
    assert "WEB-10 UNKNOWN: the standby was not steady" in text


def test_a_pass_by_some_ways_of_failing_says_which_were_left_out(violated: dict[str, Any]) -> None:
    more = "; only by power-loss; left out: freeze"
    some = [
        {**item, "reason": item["reason"] + more} if item["id"] == "WEB-5" else item
        for item in violated["requirements"]
    ]
    text = " ".join(printed({**violated, "requirements": some}, width=160).split())
    assert "WEB-5 A dead web server gets no sessions (not in every way) \N{CHECK MARK} HOLDS" in text
    assert text.index("WEB-10 UNKNOWN:") < text.index("WEB-5 HOLDS:")
    assert more in text
    assert "WEB-5 HOLDS:" not in " ".join(printed(violated).split())


def test_what_does_not_apply_is_one_line(violated: dict[str, Any]) -> None:
    assert "does not apply: SIP-1, DB-1" in printed(violated)


def test_last_lines_say_it_all(violated: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "report.html").touch()
    *_, outcome, report = printed(violated, width=160, run_dir=tmp_path).splitlines()
    assert outcome.strip() == (
        "redundant-lb with defect slow-advert: violated   "
        "4 hold, 1 violated, 1 not proven, 2 not applicable   72 s   seed 20240817"
    )
    assert report.strip() == f"report: {tmp_path / 'report.html'}"


def test_missing_report_says_why_or_how_to_make_one(violated: dict[str, Any], tmp_path: Path) -> None:
    assert "python -m reports build" in printed(violated, run_dir=tmp_path)
    assert "no report: Allure is gone" in printed(violated, run_dir=tmp_path, trouble="Allure is gone")


def test_no_colours_where_no_terminal_is(violated: dict[str, Any]) -> None:
    assert "\x1b" not in printed(violated)


def test_fits_a_hundred_columns(violated: dict[str, Any]) -> None:
    assert max(len(line.rstrip()) for line in printed(violated).splitlines()) <= 100


def test_run_in_which_nothing_applies_is_told(violated: dict[str, Any]) -> None:
    nothing = {**violated, "requirements": [], "verdict": "partial", "defect": None}
    assert "redundant-lb: partial" in printed(nothing)
    assert "nothing judged" in printed(nothing)


def test_worst_check_is_the_worst_verdict_then_the_closest_to_its_norm() -> None:
    far = {"name": "far", "verdict": "HOLDS", "measured": 1.0, "norm": 10.0}
    near = {"name": "near", "verdict": "HOLDS", "measured": 9.0, "norm": 10.0}
    unsure = {"name": "unsure", "verdict": "UNKNOWN"}
    assert worst_check({"checks": [far, near]}) == near
    assert worst_check({"checks": [far, unsure, near]}) == unsure
    assert worst_check({"checks": []}) is None


@pytest.mark.parametrize(
    ("check", "said", "allowed"),
    [
        ({"measured": 0.5, "norm": 1.0, "unit": "s"}, "0.500 s", "<= 1.000 s"),
        ({"measured": 2, "norm": 1, "unit": "owners"}, "2 owners", "1 owners"),
        ({"measured": "web1 52 %", "norm": "50 %"}, "web1 52 %", "50 %"),
        ({"measured": 33.3333333, "norm": None, "unit": "%"}, "33.33 %", ""),
        ({"outages": [{"lower_s": 0.1, "upper_s": 0.12, "norm_s": None}]}, "0.100 - 0.120 s", ""),
        ({"outages": [{"lower_s": 0.1, "upper_s": None, "norm_s": 0.5}]}, ">= 0.100 s", "<= 0.500 s"),
    ],
)
def test_quantities_have_their_unit(check: dict[str, Any], said: str, allowed: str) -> None:
    assert (measured(check), norm(check)) == (said, allowed)


def test_of_many_reasons_the_worst_few_are_told() -> None:
    checks = [
        {"name": f"outage {n}", "verdict": "UNKNOWN", "reason": "late", "measured": float(n), "norm": 9.0}
        for n in range(1, 6)
    ]
    whole = "; ".join(f"{check['name']}: late" for check in checks)
    requirement = {"verdict": "UNKNOWN", "checks": checks, "reason": f"{whole}; standby: not ready"}
    assert reason(requirement) == (
        "outage 5: late; outage 4: late; outage 3: late; 2 more in verdict.json; standby: not ready"
    )
    for checks_told, told in (([], "no test of it was run"), (checks, "the lab was lost")):
        assert reason({**requirement, "checks": checks_told, "reason": told}) == told
    assert reason({**requirement, "checks": checks[:3], "reason": "a; b; c"}) == "a; b; c"


def test_words_of_a_run(violated: dict[str, Any]) -> None:
    assert subject({"topology": None, "target": "customer"}) == "customer"
    assert counts(violated).startswith("4 hold, 1 violated")
    assert duration_s(violated) == 72.0


def test_repeats_are_summed_up_below_the_table(tmp_path: Path) -> None:
    verdict = write_run(tmp_path / "run", repeats=20)
    text = [" ".join(line.split()) for line in printed(verdict, run_dir=tmp_path / "run").splitlines()]
    assert "outage over repeats min / median / p95 / max norm" in text
    assert "WEB-9 20 x power loss of lb1 (http) 0.170 / 0.276 / 0.370 / 0.381 s <= 0.461 s" in text
    assert "WEB-5 20 x crash of jtel-web (session) 0.269 / 0.440 / 0.593 / 0.611 s <= 0.950 s" in text
    assert max(map(len, text)) <= 100


def test_repeats_without_a_value_are_told(tmp_path: Path) -> None:
    verdict = write_run(tmp_path / "run", repeats=3)
    file = tmp_path / "run/cases/power-loss-of-lb1/case.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"judgements": _in_trouble(file)}))
    text = printed(verdict, width=160, run_dir=tmp_path / "run")
    assert "2 x power loss of lb1 (http); 1 without a value" in text


def _in_trouble(file: Path) -> list[dict[str, Any]]:
    judgements = json.loads(file.read_text())["judgements"]
    return [{**judgement, "results": [], "trouble": "not ready"} for judgement in judgements]


def test_nothing_is_summed_up_without_repeats_or_with_damaged_cases(tmp_path: Path) -> None:
    verdict = write_run(tmp_path / "run")
    assert "repeats" not in printed(verdict, run_dir=tmp_path / "run")
    repeated = write_run(tmp_path / "other", repeats=2)
    assert "repeats" in printed(repeated, run_dir=tmp_path / "other")
    (tmp_path / "other/cases/power-loss-of-lb1/case.json").write_text("{")
    assert "repeats" not in printed(repeated, run_dir=tmp_path / "other")
