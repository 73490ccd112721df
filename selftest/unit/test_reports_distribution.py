"""Distributions over repeats: what is a repeat, what is a value, and where its dot lies."""

import itertools
import math
import pkgutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from conformance import checkers
from conformance.checkers.check import Check
from conformance.checkers.findings import NormCheck
from reports.distribution import MEASURES, Distribution, Measure, distributions
from reports.front_distribution import blocks
from reports.run_directory import CaseFiles
from reports.strip_plot import HEIGHT, MARGIN, WIDTH, strip, top_of
from reports.wording import spread

NUMBERS = itertools.count(1)


def outage(upper_s: float | None, *, probe: str = "writes", norm_s: float | None = 0.7) -> dict[str, Any]:
    window = {"probe": probe, "fault": "power loss of dbm1", "lower_s": 0.3, "upper_s": upper_s}
    return {
        "name": f"service is back within the norm: {probe}",
        "measured": 0.3 if upper_s is None else upper_s,
        "norm": norm_s,
        "unit": "s",
        "outages": [{**window, "norm_s": norm_s}],
    }


def lost(rows: float) -> dict[str, Any]:
    return {
        "name": "rows acknowledged but not replicated: writes",
        "measured": rows,
        "norm": None,
        "unit": "rows",
    }


def undisturbed(measured_s: float = 0.0) -> dict[str, Any]:
    return {"name": "no further outage: writes", "measured": measured_s, "norm": 0.0, "unit": "s"}


def unmeasured() -> dict[str, Any]:
    return {"name": "service is back within the norm", "measured": None, "norm": None, "unit": ""}


def case(
    *results: dict[str, Any],
    title: str = "power loss of dbm1, the active master",
    fault: str | None = "power loss of dbm1",
    test: str = "test_master[power-loss-multi-master-db-{}]",
    requirement: str = "DB-6",
) -> CaseFiles:
    """Return a case that is a further repeat of *test*."""
    judgement = {"requirement": requirement, "test": test.format(next(NUMBERS)), "results": results}
    return CaseFiles(Path("cases/one"), title, fault, (judgement,))


def found(cases: Sequence[CaseFiles], requirements: Sequence[str] = ("DB-5", "DB-6")) -> list[Distribution]:
    return distributions(cases, requirements)


def test_summary_of_twenty_repeats() -> None:
    (one,) = found([case(outage(number / 100)) for number in range(20, 0, -1)])
    assert one.values == tuple(number / 100 for number in range(1, 21))
    assert [round(value, 6) for value in one.summary] == [0.01, 0.105, 0.19, 0.2]
    assert (one.requirement, one.subject, one.norm, one.unit) == ("DB-6", "writes", 0.7, "s")
    assert one.unmeasured == 0


@pytest.mark.parametrize(
    ("count", "rank"), [(2, 2), (10, 10), (19, 19), (20, 19), (21, 20), (40, 38), (100, 95)]
)
def test_percentile_is_the_value_of_the_nearest_rank(count: int, rank: int) -> None:
    values = tuple(float(number) for number in range(1, count + 1))
    one = Distribution("DB-6", Measure("Outage", "outage"), "", "freeze", values, 0, None, "s")
    assert one.summary[2] == rank


def test_nothing_repeated_shows_nothing() -> None:
    assert found([]) == []
    assert found([case(outage(0.4), lost(0))]) == []
    other = case(outage(0.5), title="freeze of dbm1", test="test_master[freeze-multi-master-db-{}]")
    assert found([case(outage(0.4)), other]) == [], "two failures are no repeats of each other"


def test_one_and_both_servers_lost_do_not_mix_and_the_worst_window_of_a_repeat_counts() -> None:
    both = "test_slave[power-loss-of-both-multi-master-db-{}]"
    told = "power loss of dbs1 and power loss of dbs2"
    cases = [case(outage(upper_s)) for upper_s in (0.1, 0.2)]
    cases += [case(outage(low), outage(low + 0.1), title=told, test=both) for low in (0.4, 0.6)]
    assert [(one.fault, one.values) for one in found(cases)] == [
        ("power loss of dbm1, the active master", (0.1, 0.2)),
        (told, (0.5, 0.7)),
    ]


def test_two_cases_of_one_test_are_one_repeat() -> None:
    assert found([case(outage(0.1), test="test_once"), case(outage(0.2), test="test_once")]) == []


def test_fault_names_no_node_where_repeats_hit_different_ones() -> None:
    other = case(
        outage(0.5),
        title="power loss of dbm2, the active master",
        fault="power loss of dbm2",
    )
    (one,) = found([case(outage(0.4)), other])
    assert one.fault == "power loss of the active master"
    crashes = [
        case(outage(0.4), title=f"crash of mariadbd of dbm{n} at night", fault=f"crash of mariadbd of dbm{n}")
        for n in (1, 2)
    ]
    assert found(crashes)[0].fault == "crash of mariadbd at night"


def test_server_that_failed_is_no_subject() -> None:
    name = "a returned server has caught up before it serves"
    cases = [
        case(
            {"name": f"{name}: dbs{n}", "measured": n / 1e3, "norm": 2.0, "unit": "s"},
            title=f"freeze of dbs{n}",
            fault=f"freeze of dbs{n}",
        )
        for n in (1, 2)
    ]
    (one,) = found(cases)
    assert (one.subject, one.fault, one.values) == ("", "freeze", (0.001, 0.002))


def test_another_norm_is_another_distribution() -> None:
    cases = [case(outage(0.1 * n, norm_s=norm_s)) for n in (1, 2) for norm_s in (0.44, 0.42)]
    assert [(one.norm, len(one.values)) for one in found(cases)] == [(0.44, 2), (0.42, 2)]


def test_outage_without_end_is_the_worst_value_and_not_dropped() -> None:
    (one,) = found([case(outage(upper_s)) for upper_s in (0.4, None, 0.5)])
    assert one.values == (0.4, 0.5, math.inf)
    assert spread(one.summary, one.unit) == "0.400 / 0.500 / no end / no end s"


def test_repeats_without_a_value_are_counted() -> None:
    (one,) = found([case(outage(0.4)), case(unmeasured()), case(outage(0.5)), case()])
    assert (len(one.values), one.unmeasured) == (2, 2)


def test_further_outage_that_never_occurred_is_left_out() -> None:
    assert found([case(undisturbed()) for _ in range(3)]) == []
    disturbed = undisturbed(0.2) | {"outages": outage(0.2)["outages"]}
    (one,) = found([case(undisturbed()), case(undisturbed()), case(disturbed)])
    assert one.values == (0.0, 0.0, 0.2), "the repeats without one count too"


def test_words_are_no_measurements() -> None:
    never = {"name": "rows acknowledged but not replicated: writes", "measured": "never", "unit": "rows"}
    other = {"name": "the configuration keeps what the documentation promises", "measured": 0.7, "unit": "s"}
    assert found([case(never, other) for _ in range(3)]) == []


def test_order_is_that_of_measures_then_requirements() -> None:
    cases = [case(lost(3), outage(0.4)) for _ in range(2)]
    cases += [case(outage(0.4), requirement="DB-5", test="test_slave[freeze-{}]") for _ in range(2)]
    assert [(one.requirement, one.unit) for one in found(cases)] == [
        ("DB-5", "s"),
        ("DB-6", "s"),
        ("DB-6", "rows"),
    ]
    assert found(cases, ["WEB-9"]) == []


def test_checks_that_are_compared_exist() -> None:
    for module in pkgutil.iter_modules(checkers.__path__, f"{checkers.__name__}."):
        pkgutil.resolve_name(module.name)
    kinds = [*Check.__subclasses__(), *NormCheck.__subclasses__()]
    titles = {kind.title for kind in kinds if hasattr(kind, "title")}
    assert set(MEASURES) <= titles


def test_block_has_one_scale_for_all_its_rows() -> None:
    quick = [case(outage(0.1 * n)) for n in (1, 2)]
    slow = [case(outage(1.1 * n), test="test_master[disk-full-{}]", title="disk full") for n in (1, 2)]
    outages, rows = blocks(found([*quick, *slow, *(case(lost(n)) for n in (0, 0))]))
    assert (outages.heading, outages.unit, outages.top) == ("Outage after the fault", "s", "2.5")
    assert [row.summary for row in outages.rows] == [
        ["1.100", "1.650", "2.200", "2.200"],
        ["0.100", "0.150", "0.200", "0.200"],
    ]
    assert [row.norm for row in outages.rows] == ["<= 0.700 s", "<= 0.700 s"]
    assert {row.strip.norm_x for row in outages.rows} == {73.5}
    assert rows.top == "1", "a scale has a length, even if nothing was lost"
    assert rows.rows[0].alt == "2 values, 0 / 0 / 0 / 0 rows, norm none"


@pytest.mark.parametrize(
    ("values", "top"), [([], 1.0), ([0.0], 1.0), ([0.7, 0.31], 0.8), ([3.0], 3.0), ([435.0, math.inf], 500.0)]
)
def test_scale_ends_at_a_round_number(values: list[float], top: float) -> None:
    assert top_of(values) == top


def test_dots_lie_on_the_scale_and_equal_ones_above_each_other() -> None:
    plot = strip([0.0, 0.5, 0.5, 1.0, math.inf], 0.6, top=1.0)
    assert [dot.kind for dot in plot.dots] == ["within", "within", "within", "beyond", "endless"]
    assert [dot.x for dot in plot.dots] == [MARGIN, WIDTH / 2, WIDTH / 2, WIDTH - MARGIN, WIDTH - MARGIN / 2]
    assert plot.dots[1].y != plot.dots[2].y
    assert all(0 < dot.y < HEIGHT for dot in strip([0.2] * 50, None, top=1.0).dots)
    assert strip([0.2], None, top=1.0).norm_x is None
