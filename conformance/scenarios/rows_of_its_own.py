"""The active master fails with rows that nobody else has, and comes back while the other one is gone."""

import contextlib
import dataclasses
from collections.abc import Callable

from chaos import database
from chaos.injection import injected
from chaos.power_loss import PowerLoss
from chaos.replication_cut import ReplicationCut
from conformance.case import Case
from conformance.found import found, found_databases
from conformance.norms.database_outage import database_outage_norm, write_wait_norm
from conformance.norms.norm import Norm
from conformance.scenarios import databases as base
from conformance.scenarios.master_loss import RETURN_S, observed, roles
from conformance.scenarios.recording import PATIENCE_S, STEADY, until_ready, watch_s
from topologies import databases
from topologies.errors import NotReady
from topologies.lab import Lab
from topologies.waiting import wait_until

ALONE_S = 1.2
"""How long rows gather on the active master that the other one does not get."""
BEHIND_S = 0.6
"""How much longer the returned master is watched, while it is alone, than a balancer needs to turn to it."""


@dataclasses.dataclass(frozen=True)
class RowsOfItsOwn:
    """What was recorded, and what is needed to judge it."""

    case: Case
    cut: str
    """The faults, in their order, as the checks name them."""
    loss: str
    second_loss: str
    active: str
    """The master that failed first."""
    standby: str
    waits: Norm
    """How long a write waits for the other master before the active one goes on alone."""


def record(lab: Lab, open_case: Callable[..., Case]) -> RowsOfItsOwn:
    """Record it: the link between the masters is cut, the active one fails, returns, and the other one fails.

    The cut is in the other master, so it ends when that one is switched off; from then on nothing keeps the
    two from meeting again.
    """
    active, standby = roles(lab)
    client = base.new_client()
    servers = databases.everyone(lab.topology)
    cut, loss, second = ReplicationCut(standby, (active,)), PowerLoss(active), PowerLoss(standby)
    told = [f"{fault.name} of {fault.node}" for fault in (cut, loss, second)]
    with open_case(f"{told[1]} with rows of its own", fault=" and ".join(told)) as case:
        servers_found = found_databases(lab, case)
        waits = write_wait_norm(servers_found[active])
        turns = (
            database_outage_norm(proxy, databases.MASTER, standby, "silent", servers_found)
            for proxy in found(lab, case).haproxy.values()
        )
        behind_s = max(watch_s(turn, beyond_s=BEHIND_S) for turn in turns)
        with observed(lab, case, client) as at_work:
            with injected(cut, lab, case.recorder.record):
                at_work.watch(ALONE_S)
                with injected(loss, lab, case.recorder.record):
                    with contextlib.suppress(NotReady):  # absent service is what the history then shows
                        at_work.until_served(base.WRITES, patience_s=PATIENCE_S, in_a_row=STEADY)
                    survivors = [server for server in servers if server != active]
                    base.look_up_rows(lab, case, survivors, client, "after takeover")
                wait_until(
                    f"mariadbd of {active} answers", lambda: database.answers(lab, active), patience_s=10
                )
                with injected(second, lab, case.recorder.record):
                    at_work.watch(behind_s)
            with contextlib.suppress(NotReady):  # what does not work again is what the records then show
                until_ready(lab, active, standby)
                at_work.until_served(patience_s=PATIENCE_S, in_a_row=STEADY)
            at_work.watch(RETURN_S)
        base.come_to_rest(lab, case, servers, client)
        return RowsOfItsOwn(case, told[0], told[1], told[2], active, standby, waits)
