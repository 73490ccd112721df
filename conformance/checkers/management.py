"""Ways to manage the system: statistics pages, control sockets, accounts."""

import re
from typing import ClassVar

from conformance.checkers.check import Check
from conformance.checkers.facts import decided, moment, observed
from conformance.checkers.findings import many
from conformance.history import History, Line
from conformance.verdict import CheckResult

USABLE = range(200, 300)
_LOOPBACK = re.compile(r"(ipv[46]@)?(127\.|localhost|\[::1\]|::1)")
_LOCAL = re.compile(r"(unix@|abns@|sockpair@)?[/@]|(unix|abns|sockpair|fd)@")


class StatsProtected(Check):
    """The statistics page shows nothing to the user network, nor to anybody without the right credentials.

    Reads `observed` lines "http" (node: who asked; value: url, network, credentials: `none`, `wrong` or
    `right`, and status or error).
    """

    title: ClassVar[str] = "statistics are protected"
    management_networks: tuple[str, ...] = ("inside",)
    """From these the right credentials open the page."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        lines = observed(history, "http")
        opened = [
            f"{line['value']['url']} showed itself to {line['node']} in the network"
            f" {line['value']['network']} with {_spoken(line)} at {moment(history, line['at_ns'])}"
            for line in lines
            if line["value"].get("status") in USABLE and not self._may(line)
        ]
        unprotected = [line for line in lines if not self._may(line)]
        doubts = [] if unprotected else ["nobody tried the page without credentials"]
        if not any(self._may(line) and line["value"].get("status") in USABLE for line in lines):
            doubts.append("the right credentials did not open the page either, so a refusal proves nothing")
        return decided(
            self,
            violations=opened,
            doubts=doubts,
            good=f"{many(len(unprotected), 'attempt')} refused, the right credentials accepted",
        )

    def _may(self, line: Line) -> bool:
        value = line["value"]
        return value["credentials"] == "right" and value["network"] in self.management_networks


def _spoken(line: Line) -> str:
    given = line["value"]["credentials"]
    return "no credentials" if given == "none" else f"{given} credentials"


class ControlSocketsProtected(Check):
    """HAProxy takes commands only on sockets of its own node that not everybody may write to.

    Reads `observed` lines "control-socket" (node: the balancer; value: address as configured, mode or null)
    and "control-sockets" (node; value: how many there are), so that none at all is a finding too.
    """

    title: ClassVar[str] = "control sockets are protected"
    nodes: tuple[str, ...]

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        lines = [line for line in observed(history, "control-socket") if line["node"] in self.nodes]
        wrong = []
        for line in lines:
            address, mode = line["value"]["address"], line["value"]["mode"]
            if _LOCAL.match(address):
                if mode and int(mode, 8) & 0o002:
                    wrong.append(
                        f"everybody on {line['node']} may command HAProxy by {address} (mode {mode})"
                    )
            elif not _LOOPBACK.match(address):
                wrong.append(f"HAProxy of {line['node']} takes commands from the network by {address}")
        looked = {line["node"] for line in observed(history, "control-sockets")}
        doubts = [f"nobody looked for control sockets on {node}" for node in self.nodes if node not in looked]
        if not self.nodes:
            doubts.append("no node was to be looked at")
        return decided(
            self, violations=wrong, doubts=doubts, good=f"{many(len(lines), 'control socket')}, all local"
        )


class LoginsRefused(Check):
    """Accounts of the system let nobody in from where they should not.

    Reads `observed` lines "login" (node: who tried; value: service, account, network, result: `accepted`,
    `refused` or `unreachable`; control: true where it has to be let in). A service that does not let its
    control in refuses everybody, which proves nothing.
    """

    title: ClassVar[str] = "accounts are protected"
    services: tuple[str, ...]

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        tried = [line for line in observed(history, "login") if line["value"]["service"] in self.services]
        lines = [line for line in tried if not line["value"].get("control")]
        accepted = [
            f"{line['value']['service']} let {line['value']['account']} in from {line['node']}"
            f" in the network {line['value']['network']} at {moment(history, line['at_ns'])}"
            for line in lines
            if line["value"]["result"] == "accepted"
        ]
        untried = sorted(set(self.services) - {line["value"]["service"] for line in lines})
        doubts = [f"nobody tried to log in at {service}" for service in untried]
        let_in = {
            line["value"]["service"]
            for line in tried
            if line["value"].get("control") and line["value"]["result"] == "accepted"
        }
        doubts += [
            f"{service} let nobody in who has to be, so a refusal proves nothing"
            for service in self.services
            if service not in let_in
        ]
        if not self.services:
            doubts.append("no service was to be tried")
        good = f"{many(len(lines), 'login')} refused, those who have to be let in are"
        return decided(self, violations=accepted, doubts=doubts, good=good)
