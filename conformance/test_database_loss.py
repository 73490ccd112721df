"""Databases that fail and return: where sessions go, which rows are kept, who takes writes."""

from collections.abc import Sequence

import pytest

from conformance.checkers.acknowledgement import AcknowledgedTogether
from conformance.checkers.check import Check
from conformance.checkers.configuration import ComputedNormWithinDocumented
from conformance.checkers.convergence import Converged
from conformance.checkers.disturbance import NoGapLongerThan
from conformance.checkers.exclusion import NotServedBy, ServesNothingWhile
from conformance.checkers.lag_bounds import CaughtUpBeforeServing
from conformance.checkers.outage import NoOutage, OutageWithin
from conformance.checkers.recovery_point import RecoveryPoint
from conformance.checkers.rows_kept import RowsKept
from conformance.checkers.rows_replicated import ReplicatedRowsKept
from conformance.checkers.writers import OneActiveWriter
from conformance.marks import disruptive, requirement
from conformance.plugin.fixtures import Judge, OpenCase
from conformance.scenarios import master_loss, rows_of_its_own, slave_loss
from conformance.scenarios.databases import NEW_WRITES, WRITES
from conformance.scenarios.remeasuring import record_until_measured
from topologies import databases
from topologies.lab import Lab
from topologies.model import Topology

UNFIT_SLOWLY = frozenset({"lagging", "not-writing"})
"""Such a server is unfit only once it was so for as long as a replica may be behind."""


@pytest.fixture(scope="module", params=slave_loss.FAILURES, ids=str)
def slave(
    request: pytest.FixtureRequest, system: Lab, open_case: OpenCase, repeat: int
) -> slave_loss.SlaveLoss:
    """Have a failure of one slave, or of both, and their return recorded."""
    failure: slave_loss.SlaveFailure = request.param
    return record_until_measured(
        lambda: slave_loss.record(system, open_case, failure),
        lambda recorded: (recorded.case, [*_sessions_move(recorded), *_nobody_else(recorded)]),
    )


@pytest.fixture(scope="module", params=master_loss.FAILURES, ids=str)
def master(
    request: pytest.FixtureRequest, system: Lab, open_case: OpenCase, repeat: int
) -> master_loss.MasterLoss:
    """Have a failure of the active master and its return recorded."""
    failure: master_loss.MasterFailure = request.param
    return record_until_measured(
        lambda: master_loss.record(system, open_case, failure),
        lambda recorded: (recorded.case, [_takeover(recorded)]),
    )


@pytest.fixture(scope="module")
def own_rows(system: Lab, open_case: OpenCase, repeat: int) -> rows_of_its_own.RowsOfItsOwn:
    """Have a master recorded that fails with rows of its own, and is back while the other one is gone."""
    return rows_of_its_own.record(system, open_case)


@requirement("DB-5")
@disruptive
def test_sessions_of_a_lost_slave_go_elsewhere(
    slave: slave_loss.SlaveLoss, system: Lab, judge: Judge
) -> None:
    """Sessions of a slave that is lost, or unfit, are led elsewhere in time, and nobody else is disturbed."""
    documented_s = _documented_s(system.topology, slave.failure.as_seen)
    judge(
        slave.case,
        *(
            ComputedNormWithinDocumented(
                what=f"loss of the slave behind {alias}",
                norm_s=norm.seconds,
                documented_s=documented_s,
                formula=norm.formula,
            )
            for alias, (_, norm) in slave.norms.items()
        ),
        *_sessions_move(slave),
        *_nobody_else(slave),
    )


def _sessions_move(slave: slave_loss.SlaveLoss) -> Sequence[Check]:
    """Return the checks of the aliases whose documented server is a victim."""
    found: list[Check] = []
    for alias, (server, norm) in slave.norms.items():
        probe, fault = slave_loss.READERS[alias], slave.faults[server]
        if slave.failure.as_seen not in slave_loss.SERVING_ON:
            found.append(OutageWithin(probe=probe, fault=fault, norm_s=norm.seconds, formula=norm.formula))
        found.append(
            NotServedBy(probe=probe, server=server, fault=fault, norm_s=norm.seconds, formula=norm.formula)
        )
    return found


def _nobody_else(slave: slave_loss.SlaveLoss) -> Sequence[Check]:
    others = [probe for alias, probe in slave_loss.READERS.items() if alias not in slave.norms]
    return [
        NoGapLongerThan(probe=probe, fault=fault)
        for fault in slave.faults.values()
        for probe in (WRITES, *others)
    ]


@requirement("DB-7")
@disruptive
def test_returned_slave_has_caught_up(slave: slave_loss.SlaveLoss, system: Lab, judge: Judge) -> None:
    """A slave that returns has caught up before it gets sessions, and its return disturbs nobody."""
    bound_s = system.topology.documented.lag_s or 0.0
    judge(
        slave.case,
        *(
            CaughtUpBeforeServing(
                writes=WRITES,
                reads=slave_loss.READERS[alias],
                server=server,
                fault=slave.faults[server],
                norm_s=bound_s,
                formula="documented: lag_s",
                must_return=True,
                within_s=slave_loss.RETURN_S,
            )
            for alias, (server, _) in slave.norms.items()
        ),
        *(
            NoOutage(probe=probe, fault=fault, formula="the return costs no request")
            for fault in slave.faults.values()
            for probe in (WRITES, *slave_loss.READERS.values())
        ),
    )


@requirement("DB-6")
@disruptive
def test_other_master_takes_over(master: master_loss.MasterLoss, system: Lab, judge: Judge) -> None:
    """When the active master fails acd-dbm goes to the other one in time, and no row that it has is lost."""
    servers = databases.everyone(system.topology)
    database = system.topology.database
    is_asynchronous = database is None or database.replication == "asynchronous"
    judge(
        master.case,
        ComputedNormWithinDocumented(
            what=f"takeover after {master.fault}",
            norm_s=master.norm.seconds,
            documented_s=_documented_s(system.topology, master.failure.as_seen),
            formula=master.norm.formula,
        ),
        _takeover(master),
        RowsKept(writes=WRITES, servers=servers),
        ReplicatedRowsKept(writes=WRITES, servers=servers),
        RecoveryPoint(
            writes=WRITES,
            fault=master.fault,
            survivor=master.standby,
            allowed=None if is_asynchronous else 0,
            formula="asynchronous: measured" if is_asynchronous else "semi-synchronous: none",
        ),
    )


def _takeover(master: master_loss.MasterLoss) -> OutageWithin:
    norm = master.norm
    return OutageWithin(probe=WRITES, fault=master.fault, norm_s=norm.seconds, formula=norm.formula)


@requirement("DB-7")
@disruptive
def test_data_is_equal_after_the_return_of_a_master(
    master: master_loss.MasterLoss, system: Lab, judge: Judge
) -> None:
    """The return of a master costs nobody a request, and afterwards all servers hold the same."""
    judge(
        master.case,
        NoOutage(probe=WRITES, fault=master.fault, formula="the return costs no request"),
        Converged(servers=databases.everyone(system.topology)),
    )


@requirement("DB-9")
@disruptive
def test_one_master_takes_writes(master: master_loss.MasterLoss, system: Lab, judge: Judge) -> None:
    """Through the failure and the return of a master, at no time do two take writes by acd-dbm."""
    judge(
        master.case, OneActiveWriter(writes=(WRITES, NEW_WRITES), servers=databases.masters(system.topology))
    )


@requirement("DB-6")
@disruptive
def test_rows_that_only_the_lost_master_has_are_kept(
    own_rows: rows_of_its_own.RowsOfItsOwn, system: Lab, judge: Judge
) -> None:
    """Rows that only the lost master had are counted, come back with it, and collide with no later ones."""
    servers = databases.everyone(system.topology)
    database = system.topology.database
    is_declared = database is not None and database.replication == "semi-synchronous"
    together = AcknowledgedTogether(
        writes=WRITES, fault=own_rows.cut, wait_s=own_rows.waits.seconds, formula=own_rows.waits.formula
    )
    judge(
        own_rows.case,
        RowsKept(writes=WRITES, servers=servers),
        ReplicatedRowsKept(writes=WRITES, servers=servers),
        RecoveryPoint(
            writes=WRITES,
            fault=own_rows.loss,
            survivor=own_rows.standby,
            formula="the link between the masters was cut before: measured",
        ),
        *([together] if is_declared else []),
    )


@requirement("DB-7")
@disruptive
def test_returned_master_serves_nobody_before_it_has_caught_up(
    own_rows: rows_of_its_own.RowsOfItsOwn, system: Lab, judge: Judge
) -> None:
    """A master that is back and lacks rows of the other one serves nobody, even where nobody else is left."""
    judge(
        own_rows.case,
        ServesNothingWhile(
            probes=(WRITES, master_loss.READS), server=own_rows.active, fault=own_rows.second_loss
        ),
        Converged(servers=databases.everyone(system.topology)),
    )


@requirement("DB-9")
@disruptive
def test_one_master_takes_writes_whoever_fails(
    own_rows: rows_of_its_own.RowsOfItsOwn, system: Lab, judge: Judge
) -> None:
    """With one master lost and the other one cut off and lost too, at no time do two take writes."""
    judge(
        own_rows.case,
        OneActiveWriter(
            writes=(WRITES, NEW_WRITES),
            servers=databases.masters(system.topology),
            faults=(own_rows.loss, own_rows.second_loss),
        ),
    )


def _documented_s(topology: Topology, as_seen: str) -> float | None:
    """Return what the documentation allows until sessions of a server that fails so are served elsewhere."""
    told = topology.documented
    if told.database_takeover_s is None:
        return None
    return told.database_takeover_s + ((told.lag_s or 0.0) if as_seen in UNFIT_SLOWLY else 0.0)
