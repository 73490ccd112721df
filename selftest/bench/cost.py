"""What one operation costs the measuring host."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import trustme

from conformance.probes.probe import HttpProbe
from conformance.probes.recorder import Recorder
from conformance.probes.running import running
from selftest.loopback.outages import Here, silent_server

SECONDS = 6.0
START_UP_S = 0.06
"""What a bare Python and its modules cost before the first operation; it is not an operation's."""


class Cost(NamedTuple):
    """The processor time of a client."""

    client: str
    operations: int
    wall_s: float
    cpu_s: float

    @property
    def per_operation_us(self) -> float:
        """Microseconds of processor time for one operation."""
        return self.cpu_s / self.operations * 1e6

    @property
    def share_of_core(self) -> float:
        """How much of one core the client used."""
        return self.cpu_s / self.wall_s


def costs() -> Iterator[Cost]:
    """Measure the probe at the rates that tests use, and the alternatives at the same."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        yield _probe(folder, "probe, http, 250/s", interval_ms=4)
        yield _probe(folder, "probe, https, 100/s", interval_ms=10, tls=True)
    yield alternative("asyncio streams, http, 250/s", "stream", interval_ms=4)
    yield alternative("httpx polling, http, as fast as 4 ms pauses allow", "poll", interval_ms=4)


def _probe(folder: Path, name: str, *, interval_ms: float, tls: bool = False) -> Cost:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    certificate = folder / "server.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(certificate)
    path = folder / f"{interval_ms:g}.jsonl"
    with silent_server(certificate if tls else None) as server, Recorder(path) as recorder:
        probe = HttpProbe(
            name="http",
            target="127.0.0.1",
            scheme="https" if tls else "http",
            port=server.port,
            ca_file=str(folder / "ca.pem") if tls else None,
            interval_ms=interval_ms,
        )
        with running([probe], Here(), recorder) as at_work:
            at_work.watch(SECONDS)
        (line,) = (one for one in recorder.history().of_kind("observed") if one["what"] == "probe cost")
    told = line["value"]
    return Cost(name, told["operations"], told["wall_s"], told["cpu_s"] - START_UP_S)


def alternative(name: str, kind: str, *, interval_ms: float) -> Cost:
    """Measure one of the alternatives."""
    with silent_server() as server:
        argv = [sys.executable, "-m", "selftest.bench.alternatives", kind, str(server.port), str(SECONDS)]
        done = subprocess.run([*argv, str(interval_ms)], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    return Cost(name, len(told["operations"]), told["wall_s"], told["cpu_s"])
