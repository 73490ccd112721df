"""The suite works on a stock dockerd too: iptables on, bridged frames filtered, forwarding on."""

from pathlib import Path

from selftest.runs import run_suite
from topologies.engine import stock_engine
from topologies.engine.progress import ConsoleProgress


def test_reference_topology_is_conformant_on_a_stock_engine(tmp_path: Path) -> None:
    """On an engine as most people run it the same topology keeps the same promises."""
    with stock_engine(ConsoleProgress()) as engine:
        assert engine.client.info()["BridgeNfIptables"], "bridged frames do not pass iptables here"
        run = run_suite(
            tmp_path / "out", "--topology=redundant-lb", "--seed=1", environment=dict(engine.environment)
        )

    told = {
        r["id"]: r["reason"] for r in run.verdict["requirements"] if r["verdict"] in {"VIOLATED", "UNKNOWN"}
    }
    assert (run.status, told) == (0, {}), run.output[-2000:]
    assert run.verdict["environment"]["engine"]["kind"] == "given"
