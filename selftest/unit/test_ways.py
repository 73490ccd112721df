"""Ways of failing: which are taken, which are left out, and that a verdict says so."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from chaos.fault import Fault
from chaos.power_loss import PowerLoss
from conformance.judging import judge
from conformance.plugin.ways import FIRST, asked_ways, is_taken, offered, tried
from conformance.probes.probe import HttpProbe
from conformance.run import Run
from conformance.scenarios import master_loss, slave_loss, takeover, web_loss
from conformance.scenarios.ways import Way, known_ways
from conformance.verdict import RunOutcome, Verdict
from conformance.ways import WaysTried, keep, kept
from selftest.unit.test_run import everything_holds, judgement, run_with
from topologies.defect import defect_names, load_defect
from topologies.errors import UsageError
from topologies.loading import load


@dataclasses.dataclass(frozen=True)
class ServerFailure:
    """A way as a scenario that is yet to come may declare it."""

    name: str
    fault: Callable[[str], Fault] = PowerLoss


SCENARIO = (ServerFailure("power-loss"), ServerFailure("freeze"), ServerFailure("pull-out"))


def item(
    number: int, requirement: str = "SIP-3", topology: str = "nn-sip", ways: Sequence[object] = SCENARIO
) -> pytest.Item:
    """Return as much of a test as is looked at: its requirement, and the parameters that it has."""
    mark: Any = pytest.mark.requirement(requirement).mark
    params = {"system": topology, "server": ways[number], "repeat": 1, "probe": HttpProbe(name="http")}
    stub = SimpleNamespace(
        get_closest_marker={"requirement": mark}.get,
        callspec=SimpleNamespace(params=params, indices=dict.fromkeys(params, 3) | {"server": number}),
    )
    return cast("pytest.Item", stub)


def whole_item() -> pytest.Item:
    """Return a test that nothing parametrises."""
    return cast("pytest.Item", SimpleNamespace(get_closest_marker=lambda _: None))


@pytest.mark.parametrize("scenario", [web_loss, takeover, slave_loss, master_loss])
def test_what_scenarios_choose_from_is_known(scenario: Any) -> None:
    assert all(isinstance(way, Way) for way in scenario.FAILURES)
    assert {way.name for way in scenario.FAILURES} <= known_ways()
    assert FIRST not in known_ways(), "the word has a meaning of its own"


def test_what_has_but_a_name_is_no_way() -> None:
    assert not isinstance(HttpProbe(name="http"), Way)
    assert not isinstance("power-loss", Way)


def test_without_the_option_every_way_is_taken() -> None:
    assert asked_ways([]) is None
    assert all(is_taken(item(number), None) for number in range(3))


def test_the_first_way_is_taken_besides_those_that_are_named() -> None:
    assert [is_taken(item(number), asked_ways(["freeze"])) for number in range(3)] == [True, True, False]
    assert [is_taken(item(number), asked_ways([FIRST])) for number in range(3)] == [True, False, False]


def test_what_fails_in_no_way_is_always_taken() -> None:
    assert is_taken(whole_item(), asked_ways([FIRST]))
    assert offered([whole_item()]) == {}


def test_ways_may_be_given_one_by_one_and_joined() -> None:
    assert asked_ways(["freeze", "crash,stop"]) == frozenset({"freeze", "crash", "stop"})


@pytest.mark.parametrize("given", [["freese"], ["stop,freese"], ["stop", "freese"]])
def test_an_unknown_way_is_told_with_the_known_ones(given: list[str]) -> None:
    with pytest.raises(
        UsageError,
        match=r"^--way=freese: no such way of failing; did you mean 'freeze'\? known ways: .*crash, .*first",
    ):
        asked_ways(given)


@pytest.mark.parametrize("name", defect_names())
def test_every_defect_names_ways_that_are_known(name: str) -> None:
    asked_ways(load_defect(name).shown_by)


def test_what_is_not_taken_is_left_out_where_it_was_offered() -> None:
    there = [item(number, topology=where) for number in range(3) for where in ("nn-sip", "sip-proxy")]
    there.append(item(0, "SIP-4", ways=SCENARIO[:1]))
    taken = offered([item(0), item(1), *(item(number, topology="sip-proxy") for number in range(3))])
    assert tried(offered(there), taken, "nn-sip") == {
        "SIP-3": WaysTried(taken=("power-loss", "freeze"), left_out=("pull-out",)),
        "SIP-4": WaysTried(taken=(), left_out=("power-loss",)),
    }
    assert tried(offered(there), taken, "sip-proxy") == {}


SOME = WaysTried(taken=("power-loss", "stop"), left_out=("freeze", "cut-cable"))


def limited(tmp_path: Path, identity: str, *verdicts: Verdict) -> tuple[RunOutcome, str]:
    """Return the outcome and the reason where everything else holds and one was tried in some ways only."""
    run = run_with(tmp_path, *everything_holds(identity), judgement(identity, *verdicts))
    run.ways = {identity: SOME}
    verdict = run.verdict()
    found = next(requirement for requirement in verdict.requirements if requirement.id == identity)
    assert found.verdict is verdicts[0], "what was found is said as before"
    return verdict.verdict, found.reason


def test_a_pass_by_some_ways_is_no_full_proof(tmp_path: Path) -> None:
    outcome, reason = limited(tmp_path, "WEB-1", Verdict.HOLDS)
    assert outcome is RunOutcome.PARTIAL
    assert reason == "1 checks hold; only by power-loss, stop; left out: freeze, cut-cable"


def test_a_violation_by_some_ways_is_one(tmp_path: Path) -> None:
    outcome, reason = limited(tmp_path, "WEB-1", Verdict.VIOLATED)
    assert outcome is RunOutcome.VIOLATED
    assert reason == "check: because; only by power-loss, stop; left out: freeze, cut-cable"


def test_where_no_way_was_taken_only_the_others_are_told() -> None:
    assert str(WaysTried(taken=(), left_out=("freeze",))) == "left out: freeze"


def test_a_stored_run_says_again_what_it_left_out(tmp_path: Path) -> None:
    run = Run(load("simple"), tmp_path, seed=1, ways={"WEB-1": SOME})
    (tmp_path / "cases").mkdir()
    before = run.write()
    assert kept(tmp_path) == {"WEB-1": SOME}
    assert judge(tmp_path).requirements == before.requirements


def test_a_run_that_leaves_nothing_out_keeps_nothing_about_it(tmp_path: Path) -> None:
    keep({}, tmp_path)
    assert not any(tmp_path.iterdir())
    assert kept(tmp_path) == {}


def test_a_file_of_another_shape_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ways.json").write_text('{"WEB-1": ["freeze"]}', encoding="utf-8")
    with pytest.raises(UsageError, match=r"no readable ways.json"):
        kept(tmp_path)
