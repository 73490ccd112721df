"""What several judgements add up to: requirement, run, exit status."""

import math
from pathlib import Path

import pytest

from conformance.case import Case, Judgement, judged_again
from conformance.checkers.configuration import ComputedNormWithinDocumented
from conformance.checkers.ownership import OneOwner
from conformance.exits import Exit, exit_status
from conformance.run import Run
from conformance.verdict import CheckResult, RunOutcome, Verdict
from topologies.errors import UsageError
from topologies.loading import load


def judgement(
    identity: str, *verdicts: Verdict, trouble: str | None = None, broken: bool = False
) -> Judgement:
    results = tuple(CheckResult(name="check", verdict=verdict, reason="because") for verdict in verdicts)
    return Judgement(requirement=identity, test="test", results=results, trouble=trouble, broken=broken)


def run_with(tmp_path: Path, *judgements: Judgement) -> Run:
    run = Run(load("simple"), tmp_path, seed=1)
    for one in judgements:
        run.add(one, None)
    return run


def everything_holds(*but: str) -> list[Judgement]:
    topology = load("simple")
    run = Run(topology, Path(), seed=1)
    ids = [r.id for r in run.verdict().requirements if r.verdict is not Verdict.NOT_APPLICABLE]
    return [judgement(identity, Verdict.HOLDS) for identity in ids if identity not in but]


def test_conformant_only_if_everything_was_shown(tmp_path: Path) -> None:
    assert run_with(tmp_path, *everything_holds()).verdict().verdict is RunOutcome.CONFORMANT
    assert run_with(tmp_path, *everything_holds("WEB-7")).verdict().verdict is RunOutcome.PARTIAL


def test_violation_outranks_doubt_and_trouble(tmp_path: Path) -> None:
    run = run_with(
        tmp_path,
        judgement("WEB-1", Verdict.HOLDS, Verdict.VIOLATED),
        judgement("WEB-2", Verdict.UNKNOWN),
        judgement("WEB-7", trouble="the suite broke", broken=True),
    )
    assert run.verdict().verdict is RunOutcome.VIOLATED
    found = {r.id: r.verdict for r in run.verdict().requirements}
    assert (found["WEB-1"], found["WEB-2"], found["WEB-7"]) == (
        Verdict.VIOLATED,
        Verdict.UNKNOWN,
        Verdict.UNKNOWN,
    )


def test_what_decided_is_shown_first(tmp_path: Path) -> None:
    run = Run(load("simple"), tmp_path, seed=1)
    run.add(judgement("WEB-1", Verdict.HOLDS), tmp_path / "cases/first")
    run.add(judgement("WEB-1", Verdict.HOLDS, Verdict.VIOLATED), tmp_path / "cases/second")
    run.add(judgement("WEB-2", Verdict.HOLDS), tmp_path / "cases/first")
    run.add(judgement("WEB-2", trouble="nobody answered"), tmp_path / "cases/second")

    found = {r.id: r.evidence for r in run.verdict().requirements}
    assert found["WEB-1"] == found["WEB-2"] == ("cases/second", "cases/first")


def test_trouble_is_doubt_even_beside_a_pass(tmp_path: Path) -> None:
    run = run_with(
        tmp_path,
        *everything_holds(),
        judgement("WEB-1", trouble="probe died"),
    )
    told = next(r for r in run.verdict().requirements if r.id == "WEB-1")
    assert (told.verdict, told.reason) == (Verdict.UNKNOWN, "probe died")


def test_what_does_not_apply_is_listed_with_its_reason(tmp_path: Path) -> None:
    told = next(r for r in run_with(tmp_path).verdict().requirements if r.id == "GEO-1")
    assert told.verdict is Verdict.NOT_APPLICABLE
    assert "no sites variant" in told.reason


@pytest.mark.parametrize(
    ("outcomes", "broke", "status"),
    [
        ([RunOutcome.CONFORMANT], False, Exit.CONFORMANT),
        ([RunOutcome.PARTIAL, RunOutcome.CONFORMANT], False, Exit.PARTIAL),
        ([RunOutcome.PARTIAL, RunOutcome.FAILED], False, Exit.NO_LAB_OR_USAGE),
        ([RunOutcome.FAILED], True, Exit.TOOL_BROKE),
        ([RunOutcome.VIOLATED, RunOutcome.FAILED], True, Exit.VIOLATED),
        ([], False, Exit.NOTHING_APPLIES),
    ],
)
def test_exit_status(outcomes: list[RunOutcome], *, broke: bool, status: Exit) -> None:
    assert exit_status(outcomes, tool_broke=broke) is status


def test_a_stored_case_is_judged_again_from_its_files(tmp_path: Path) -> None:
    with Case(tmp_path, "Two owners of 198.18.1.100") as case:
        for node in ("lb1", "lb2"):
            line = {"t": "address", "at_ns": 1, "node": node, "address": "198.18.1.100", "state": "present"}
            case.recorder.record(line)
        check = OneOwner(address="198.18.1.100", candidates=("lb1", "lb2"))
        before = case.judge("WEB-8", "test", [check])

    assert case.folder.name == "two-owners-of-198-18-1-100"
    assert judged_again(case.folder) == [before]
    assert before.results[0].verdict is Verdict.VIOLATED


def test_an_infinite_norm_is_stored_and_read_again(tmp_path: Path) -> None:
    check = ComputedNormWithinDocumented(
        what="detection", norm_s=math.inf, documented_s=1.0, formula="web1 has no health check"
    )
    with Case(tmp_path, "no health checks") as case:
        before = case.judge("WEB-5", "test", [check])
    assert judged_again(case.folder) == [before]
    assert before.results[0].verdict is Verdict.VIOLATED


def test_what_is_no_case_is_refused(tmp_path: Path) -> None:
    (tmp_path / "case.json").write_text("{", encoding="utf-8")
    with pytest.raises(UsageError, match="not a readable case"):
        judged_again(tmp_path)
