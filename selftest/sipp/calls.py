"""Calls that SIPp places from the vantage; it ends by itself.

Over TLS it speaks through socat: of what SIPp 3.7 itself writes after its handshake nothing is sent,
neither to Kamailio nor to openssl.
"""

import dataclasses
from pathlib import Path
from typing import Final

from selftest.sipp.counters import Placed, parse
from topologies.lab import Lab
from topologies.lab.certificates import CA_PATH, SERVER_PATH
from topologies.trunk import Transport

SCENARIO: Final = Path(__file__).with_name("call.xml")
FOLDER: Final = "/run/sipp"
OWN_PORT: Final = 5080
TUNNEL_PORT: Final = 5099
PORTS: Final = {"udp": 5060, "tcp": 5060, "tls": 5061}
ANSWER_S: Final = 10.0
"""How long SIPp waits for any one message; no norm says so."""
END_S: Final = 30.0
"""How long after the last call was due SIPp ends, whatever is still under way; no norm either."""
_SLACK_S: Final = 10.0
_SAID_CHARACTERS: Final = 600


@dataclasses.dataclass(frozen=True, kw_only=True)
class Calls:
    """A number of calls, one every 1/*rate* seconds, each held for *hold_s* and then ended by SIPp."""

    at: str
    """Alias of the exchange at which they are placed."""
    number: str = "100"
    count: int = 200
    rate: float = 20.0
    """Calls per second."""
    hold_s: float = 0.5
    transport: Transport = "udp"
    """Between SIPp and the exchange; over tls each verifies the other."""

    def placed(self, lab: Lab) -> Placed:
        """Return what SIPp has counted once it has ended.

        Raises:
            NodeUnreachable: it did not end in time.
        """
        put = f"rm -rf {FOLDER} && mkdir {FOLDER} && cat > {FOLDER}/call.xml"
        lab.vantage.must_run("sh", "-c", put, stdin=SCENARIO.read_text())
        within_s = self.count / self.rate + self.hold_s + END_S
        if self.transport == "tls":
            self._open_tunnel(lab, within_s)
        ended = lab.vantage.run(*self._command(lab, within_s), timeout_s=within_s + _SLACK_S)
        errors = _left(lab, "errors.log").strip()
        screen = (ended.stdout + ended.stderr).strip()
        said = errors[:_SAID_CHARACTERS] or screen[-_SAID_CHARACTERS:]
        return Placed(ended.status, parse(_left(lab, "statistics.csv")), said)

    def _exchange(self, lab: Lab) -> str:
        return f"{lab.topology.resolve(self.at, seen_from=lab.vantage.name)}:{PORTS[self.transport]}"

    def _open_tunnel(self, lab: Lab, within_s: float) -> None:
        """Listen for SIPp; the tunnel ends with the first connection, or after the time for all calls."""
        listen = f"TCP4-LISTEN:{TUNNEL_PORT},bind={_own(lab)},reuseaddr"
        proven = f"cafile={CA_PATH},cert={SERVER_PATH},commonname={self.at}"
        socat = f"timeout {within_s:.0f} socat {listen} OPENSSL:{self._exchange(lab)},{proven}"
        listens = f"ss -Hltn sport = :{TUNNEL_PORT} | grep -q ."
        begin = f"{socat} >{FOLDER}/tunnel.log 2>&1 & until {listens}; do kill -0 $!; done"
        lab.vantage.must_run("sh", "-ec", begin)

    def _command(self, lab: Lab, within_s: float) -> list[str]:
        exchange, own, word = self._exchange(lab), _own(lab), self.transport
        peer, mode = (f"{own}:{TUNNEL_PORT}", "t1") if word == "tls" else (exchange, f"{word[0]}1")
        command = ["sipp", peer, "-i", own, "-p", str(OWN_PORT), "-t", mode]
        command += ["-key", "exchange", exchange, "-key", "via", word.upper(), "-key", "word", word]
        command += ["-sf", f"{FOLDER}/call.xml", "-s", self.number]
        command += ["-m", str(self.count), "-r", f"{self.rate:g}", "-d", f"{self.hold_s * 1000:.0f}"]
        command += ["-timeout", f"{within_s:.0f}", "-timeout_error"]
        command += ["-recv_timeout", f"{ANSWER_S * 1000:.0f}"]
        command += ["-trace_stat", "-fd", "1", "-stf", f"{FOLDER}/statistics.csv"]
        return [*command, "-trace_err", "-error_file", f"{FOLDER}/errors.log", "-nostdin"]


def _own(lab: Lab) -> str:
    return str(lab.vantage.spec.addresses["voice"])


def _left(lab: Lab, name: str) -> str:
    """Return what SIPp has left in a file; it writes none where there is nothing to say."""
    if lab.vantage.run("test", "-e", f"{FOLDER}/{name}").status:
        return ""
    return lab.vantage.read_file(f"{FOLDER}/{name}")
