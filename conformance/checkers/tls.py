"""Where TLS ends, with which certificate, and which versions of it are accepted."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from conformance.checkers.check import Check
from conformance.checkers.facts import decided, moment, observed
from conformance.checkers.findings import many
from conformance.history import History, Line
from conformance.verdict import CheckResult

HTTP_METHODS = (b"GET ", b"POST ", b"HEAD ", b"PUT ", b"DELETE ", b"OPTIONS ", b"PATCH ")
TLS_RECORDS = frozenset({b"\x14", b"\x15", b"\x16", b"\x17"})
"""First byte of a TLS record: change of cipher, alert, handshake, data."""
TLS_VERSIONS = frozenset({b"\x03\x00", b"\x03\x01", b"\x03\x02", b"\x03\x03", b"\x03\x04"})
"""The two bytes after it."""


def tally(payloads: Sequence[bytes], marker: bytes) -> Mapping[str, int]:
    """Return what captured *payloads* look like, in the form of an `observed` value "onward".

    *marker* is something that only our own requests contain.
    """
    requests = [payload for payload in payloads if _is_http_request(payload)]
    return {
        "payloads": len(payloads),
        "http_requests": len(requests),
        "marked_requests": sum(marker in payload for payload in requests),
        "tls_records": sum(is_tls(payload) for payload in payloads),
    }


def _is_http_request(payload: bytes) -> bool:
    first, _, _ = payload.partition(b"\r\n")
    return first.startswith(HTTP_METHODS) and first.rstrip().endswith((b"HTTP/1.0", b"HTTP/1.1"))


def is_tls(payload: bytes) -> bool:
    """Tell whether a payload begins with a TLS record."""
    return payload[:1] in TLS_RECORDS and payload[1:3] in TLS_VERSIONS


class CertificateIs(Check):
    """The client sees the certificate that is installed on the balancer, and can verify it for the alias.

    Reads `observed` lines "certificate" (node: who looked; value: alias, and either error or fingerprint,
    subject, names, verified) and "installed-certificate" (node: the balancer; value: fingerprint).
    """

    title: ClassVar[str] = "the certificate is the balancer's and valid for the alias"
    alias: str

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        seen = [line for line in observed(history, "certificate") if line["value"]["alias"] == self.alias]
        installed = {
            line["value"]["fingerprint"]: line["node"] for line in observed(history, "installed-certificate")
        }
        doubts = [] if seen else [f"nobody looked at the certificate of {self.alias}"]
        if not installed:
            doubts.append("nobody looked which certificate is installed on the balancer")
        violations = [
            f"{line['node']} asked {self.alias} at {moment(history, line['at_ns'])}: {complaint}"
            for line in seen
            for complaint in self._complaints(line, installed)
        ]
        whose = " and ".join(installed.values())
        good = f"{many(len(seen), 'handshake')} with {self.alias}: the certificate of {whose}, verified"
        return decided(self, violations=violations, doubts=doubts, good=good)

    def _complaints(self, line: Line, installed: Mapping[str, str]) -> list[str]:
        value = line["value"]
        if error := value.get("error"):
            return [f"no certificate was shown ({error})"]
        found = []
        if installed and value["fingerprint"] not in installed:
            found.append(
                f"a certificate was shown ({value['subject']}) that is not installed on the balancer"
            )
        if not any(_matches(self.alias, name) for name in value["names"]):
            found.append(
                f"the certificate is for {', '.join(value['names']) or 'nobody'}, not for {self.alias}"
            )
        if not value["verified"]:
            found.append("the certificate could not be verified with the authority")
        return found


def _matches(host: str, name: str) -> bool:
    host, name = host.lower(), name.lower()
    if name.startswith("*."):
        return host.partition(".")[2] == name[2:]
    return host == name


class PlainHttpOnward(Check):
    """What the balancer sends on to the web servers is readable http, and none of it is TLS.

    Reads `observed` lines "onward" (node: where it was captured; value: what `tally` returns).
    """

    title: ClassVar[str] = "onward traffic is plain http"
    requests: int = 5
    """So many of our own requests must have been read on the wire."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        lines = observed(history, "onward")
        encrypted = [
            f"{many(line['value']['tls_records'], 'TLS record')} behind {line['node']} at"
            f" {moment(history, line['at_ns'])}"
            for line in lines
            if line["value"]["tls_records"]
        ]
        read = sum(line["value"]["marked_requests"] for line in lines)
        few = f"{many(read, 'request')} of ours read on the wire, at least {self.requests} are needed"
        return decided(
            self,
            violations=encrypted,
            doubts=[few] if read < self.requests else [],
            good=f"{many(read, 'request')} of ours read in plain on the wire, no TLS record",
        )


class TlsFloor(Check):
    """Versions of TLS below the floor are refused, and one at or above it is accepted.

    Reads `observed` lines "tls-version" (node: who tried; value: alias, version: `1.0` to `1.3`, result:
    `accepted`, `refused`, or `not offered` where the client itself cannot try it).
    """

    title: ClassVar[str] = "no TLS below 1.2"
    floor: str = "1.2"
    tried: tuple[str, ...] = ("1.0", "1.1")
    """The versions below the floor that must have been tried."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        lines = observed(history, "tls-version")
        low = [line for line in lines if line["value"]["version"] < self.floor]
        accepted = [
            f"{line['value']['alias']} accepted TLS {line['value']['version']} from {line['node']}"
            f" at {moment(history, line['at_ns'])}"
            for line in low
            if line["value"]["result"] == "accepted"
        ]
        refused = {line["value"]["version"] for line in low if line["value"]["result"] == "refused"}
        doubts = [f"TLS {version} was not tried" for version in self.tried if version not in refused]
        if not any(
            line["value"]["result"] == "accepted" and line["value"]["version"] >= self.floor for line in lines
        ):
            doubts.append(f"no TLS from {self.floor} on was accepted either, so a refusal proves nothing")
        good = f"TLS {' and '.join(sorted(refused))} refused, from {self.floor} on accepted"
        return decided(self, violations=accepted, doubts=doubts, good=good)
