"""From a topology to a lab that does its job; or nothing is left of it, and one sentence says why."""

import datetime as dt
from pathlib import Path

import docker.errors
import requests

from topologies.defect import Defect
from topologies.engine import Engine, ensure, images
from topologies.engine.progress import Progress, Silent
from topologies.errors import ConformanceError, DefectError, EngineError, LabError, UsageError
from topologies.home import home
from topologies.lab import identity, removal, state, watchmen, wiring
from topologies.lab.construction import Construction
from topologies.lab.credentials import Secrets
from topologies.lab.lab import Lab
from topologies.lab.owner import Owner
from topologies.lab.taking_down import sweep_engine
from topologies.model import Topology
from topologies.plan import Plan


def bring_up(
    topology: Topology,
    *,
    defect: Defect | None = None,
    keep: bool = False,
    progress: Progress | None = None,
) -> Lab:
    """Bring *topology* up, with *defect* in it if one is given; return it when every node does its job.

    keep: the lab outlives this process and the `with` block; otherwise it goes with whichever ends first.

    Raises:
        TopologyError, DefectError: it cannot work; nothing was started.
        LabError: it did not come up; evidence was collected and everything else removed.
    """
    progress = progress or Silent()
    if defect is not None:
        if defect.topology != topology.name:
            raise DefectError(
                f"defect {defect.name!r} belongs to topology {defect.topology!r}, not to {topology.name!r}"
            )
        topology = defect.topology_with_patch()
    Plan.of(topology)
    wiring.ranks(topology)
    engine = ensure(progress)
    sweep_engine(engine)
    machines = {node.image for node in topology.nodes.values() if node.kind == "vm"}
    tags = images.build(engine, progress, machines=machines)
    owner = Owner.this_process()
    plan = state.LabState(
        lab_id=identity.new_lab_id(topology.name),
        declared=topology,
        defect=defect.name if defect else None,
        secrets_key=Secrets().key,
        owner=str(owner),
        kept=keep,
        started_at=dt.datetime.now(dt.UTC),
        engine_url=engine.url,
        images=tags,
    )
    with progress.step(f"bring-up of {plan.lab_id}"):
        return _built(engine, plan, owner, defect)


def _built(engine: Engine, plan: state.LabState, owner: Owner, defect: Defect | None) -> Lab:
    construction = Construction(engine.client, plan, owner, defect)
    try:
        state.write(plan)
        watchmen.post(plan.lab_id, owner, engine.environment)
        return Lab(engine, construction.carry_out())
    except Exception as trouble:
        evidence = _evidence(engine, construction.state)
        _leave_nothing(engine, construction)
        raise _explained(trouble, plan.lab_id, evidence) from trouble
    except BaseException:  # the user's Ctrl-C
        _leave_nothing(engine, construction)
        raise


def _leave_nothing(engine: Engine, construction: Construction) -> None:
    """Remove what was made: once to end the threads that wait for it, and what they still made meanwhile."""
    construction.give_up()
    removal.remove_objects(engine.client, construction.state.lab_id)
    construction.join()
    removal.remove_lab(engine.client, construction.state.lab_id)


def _evidence(engine: Engine, known: state.LabState) -> Path:
    folder = home() / "evidence" / known.lab_id
    Lab(engine, known).collect_evidence(folder)
    return folder


def _explained(trouble: Exception, lab_id: str, evidence: Path) -> Exception:
    """Return *trouble* as one sentence that says where the evidence lies."""
    match trouble:
        case UsageError():
            return trouble
        case ConformanceError():
            return type(trouble)(f"{str(trouble).rstrip('.')}; evidence: {evidence}")
        case docker.errors.APIError():
            return LabError(
                f"{lab_id}: the engine refused: {trouble.explanation or trouble}; evidence: {evidence}"
            )
        case requests.RequestException():
            return EngineError(f"{lab_id}: the engine was lost during bring-up ({trouble}); start it again")
        case _:
            return LabError(f"{lab_id}: bring-up ended with {trouble!r}; evidence: {evidence}")
