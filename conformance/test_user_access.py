"""User access as it is while nothing fails: both schemes, TLS, shares, sessions."""

import base64
import contextlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from conformance.case import Case
from conformance.checkers.distribution import SharesWithinBound
from conformance.checkers.identity import AnsweredByKnownServer
from conformance.checkers.sessions import SessionsStay
from conformance.checkers.tls import CertificateIs, PlainHttpOnward, tally
from conformance.expected import documented, weights
from conformance.found import found
from conformance.looks import look
from conformance.marks import requirement
from conformance.plugin.fixtures import Judge, OpenCase
from conformance.probes.probe import HttpProbe, NewSessionProbe, SessionProbe
from conformance.probes.running import running
from topologies.lab import Lab
from topologies.model import Role

ALIAS = "acd-lb"
FIRST_CERTIFICATE = "sed -n '/BEGIN CERTIFICATE/,/END CERTIFICATE/p;/END CERTIFICATE/q'"


@requirement("WEB-1")
def test_http_and_https_enter_through_the_balancer(system: Lab, open_case: OpenCase, judge: Judge) -> None:
    """Requests over http and over https enter through the load balancer and reach a web server."""
    probes = [
        HttpProbe(name="http", interval_ms=20),
        HttpProbe(name="https", scheme="https", interval_ms=20, verify=False),
    ]
    with open_case("requests over http and https") as case:
        with running(probes, system, case.recorder, need_service=False) as at_work:
            at_work.watch(1.0)

        servers = tuple(system.topology.with_role(Role.WEB))
        judge(case, AnsweredByKnownServer(probes={"http": "http", "https": "https"}, servers=servers))


@requirement("WEB-2")
def test_tls_ends_at_the_balancer(system: Lab, open_case: OpenCase, judge: Judge) -> None:
    """TLS ends at the load balancer, with its certificate; onward traffic is plain http."""
    with open_case("where TLS ends") as case:
        _record_certificates(system, case)
        _record_onward_traffic(system, case)

        judge(case, CertificateIs(alias=ALIAS), PlainHttpOnward())


def _record_certificates(system: Lab, case: Case) -> None:
    client = system.vantage
    asked = {"address": ALIAS, "port": 443, "name": ALIAS, "ca": system.ca_pem}
    shown = look(client, "tls", **asked)["certificate"]
    if "der" in shown:
        seen = x509.load_der_x509_certificate(base64.b64decode(shown["der"]))
        shown = {
            "fingerprint": seen.fingerprint(hashes.SHA256()).hex(),
            "subject": seen.subject.rfc4514_string() or "no subject",
            "names": _names(seen),
            "verified": shown["verified"],
        }
    case.observed("certificate", at_ns=system.now_ns(), node=client.name, value={"alias": ALIAS, **shown})
    for balancer, proxies in found(system, case).haproxy.items():
        for path in proxies.certificates:
            pem = system.nodes[balancer].must_run("sh", "-c", f"{FIRST_CERTIFICATE} {path}")
            installed = x509.load_pem_x509_certificate(pem.encode())
            value = {"fingerprint": installed.fingerprint(hashes.SHA256()).hex()}
            case.observed("installed-certificate", at_ns=system.now_ns(), node=balancer, value=value)


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return names.get_values_for_type(x509.DNSName)


def _record_onward_traffic(system: Lab, case: Case) -> None:
    marker = f"/?onward={case.folder.name}"
    probe = HttpProbe(name="https", scheme="https", path=marker, interval_ms=20, verify=False)
    balancers = system.topology.with_role(Role.BALANCER)
    with contextlib.ExitStack() as wires:
        captures = {}
        for server, node in system.topology.with_role(Role.WEB).items():
            network = next(iter(node.addresses))
            hosts = " or ".join(f"host {b.addresses[network]}" for b in balancers.values())
            captures[server] = wires.enter_context(
                system.capture(server, network=network, filter_=f"tcp and ({hosts})", seconds=30)
            )
        with running([probe], system, case.recorder, need_service=False) as at_work:
            at_work.watch(1.0)
    for server, capture in captures.items():
        value = tally(capture.payloads(), marker.encode())
        case.observed("onward", at_ns=system.now_ns(), node=server, value=value)


@requirement("WEB-3")
def test_new_sessions_are_spread_over_all_web_servers(system: Lab, open_case: OpenCase, judge: Judge) -> None:
    """New sessions are spread over all web servers, by their weights."""
    with open_case("shares of new sessions") as case:
        with running([NewSessionProbe(name="newcomers", interval_ms=10)], system, case.recorder) as at_work:
            at_work.watch(2.0)

        judge(
            case,
            SharesWithinBound(probe="newcomers", weights=weights(documented(system.topology, system.defect))),
        )


@requirement("WEB-4")
def test_session_stays_at_its_web_server(system: Lab, open_case: OpenCase, judge: Judge) -> None:
    """A running session keeps its web server, and its user stays logged in."""
    with open_case("sessions that stay") as case:
        # A number of users that no number of servers divides: dealt out in turn, users come to another one.
        with running([SessionProbe(name="sessions", users=23)], system, case.recorder) as at_work:
            at_work.watch(2.0)

        judge(case, SessionsStay(probe="sessions"))
