"""Where TLS ends, with which certificate, from which version on."""

from typing import Any

import pytest

from conformance.checkers.check import Check
from conformance.checkers.tls import CertificateIs, PlainHttpOnward, TlsFloor, tally
from conformance.verdict import Verdict
from selftest.unit.lines import history, observed

CERTIFICATE = CertificateIs(alias="acd-lb")
ONWARD = PlainHttpOnward(requests=3)
FLOOR = TlsFloor()
INSTALLED = observed(1, "installed-certificate", {"fingerprint": "ab"}, node="lb1")


def shown(**other: Any) -> dict[str, Any]:
    value = {
        "alias": "acd-lb",
        "fingerprint": "ab",
        "subject": "CN=lb1",
        "names": ["acd-lb"],
        "verified": True,
    }
    return observed(5, "certificate", {**value, **other})


def onward(read: int, records: int = 0) -> dict[str, Any]:
    counts = {"payloads": 9, "http_requests": read, "marked_requests": read, "tls_records": records}
    return observed(5, "onward", counts, node="lb1")


def version(number: str, result: str) -> dict[str, Any]:
    return observed(5, "tls-version", {"alias": "acd-lb", "version": number, "result": result})


REFUSED = [version("1.0", "refused"), version("1.1", "refused")]


@pytest.mark.parametrize(
    ("check", "lines"),
    [
        (CERTIFICATE, [INSTALLED, shown()]),
        (CertificateIs(alias="acd.lab"), [INSTALLED, shown(alias="acd.lab", names=["*.lab"])]),
        (ONWARD, [onward(2), onward(1)]),
        (FLOOR, [*REFUSED, version("1.2", "accepted"), version("1.3", "accepted")]),
    ],
)
def test_good(check: Check, lines: list[dict[str, Any]]) -> None:
    """As promised."""
    assert check.judge(history(*lines)).verdict is Verdict.HOLDS


@pytest.mark.parametrize(
    ("check", "lines", "told"),
    [
        (CERTIFICATE, [INSTALLED, shown(fingerprint="cd")], "(CN=lb1) that is not installed on the balancer"),
        (CERTIFICATE, [INSTALLED, shown(names=["other"])], "the certificate is for other, not for acd-lb"),
        (CERTIFICATE, [INSTALLED, shown(verified=False)], "could not be verified with the authority"),
        (
            CERTIFICATE,
            [INSTALLED, shown(error="refused")],
            "client asked acd-lb at t=0.004 s: no certificate was",
        ),
        (ONWARD, [onward(5, 2)], "2 TLS records behind lb1 at t=0.000 s"),
        (FLOOR, [version("1.1", "accepted")], "acd-lb accepted TLS 1.1 from client at t=0.000 s"),
    ],
)
def test_bad(check: Check, lines: list[dict[str, Any]], told: str) -> None:
    """The sentence names who, what and when."""
    result = check.judge(history(*lines))
    assert result.verdict is Verdict.VIOLATED
    assert told in result.reason


@pytest.mark.parametrize(
    ("check", "lines", "told"),
    [
        (CERTIFICATE, [], "nobody looked at the certificate of acd-lb"),
        (CERTIFICATE, [shown()], "nobody looked which certificate is installed"),
        (ONWARD, [], "0 requests of ours read on the wire, at least 3 are needed"),
        (ONWARD, [onward(2)], "2 requests of ours read"),
        (FLOOR, [], "TLS 1.0 was not tried; TLS 1.1 was not tried; no TLS from 1.2 on was accepted either"),
        (FLOOR, [*REFUSED], "no TLS from 1.2 on was accepted either, so a refusal proves nothing"),
        (
            FLOOR,
            [version("1.0", "not offered"), version("1.1", "refused"), version("1.2", "accepted")],
            "TLS 1.0 was not tried",
        ),
    ],
)
def test_unknown(check: Check, lines: list[dict[str, Any]], told: str) -> None:
    """Without a look, or without the counter-proof, nothing is proven."""
    result = check.judge(history(*lines))
    assert result.verdict is Verdict.UNKNOWN
    assert told in result.reason


def test_payloads_are_counted_by_what_they_look_like() -> None:
    """Requests, our own among them, and TLS records; answers and anything else are neither."""
    payloads = [
        b"GET / HTTP/1.1\r\nX-Marker: ours\r\n\r\n",
        b"POST /login HTTP/1.1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",
        b"\x17\x03\x03\x00\x20",
        b"\x16\x09\x01",
        b"",
    ]
    assert tally(payloads, b"ours") == {
        "payloads": 7,
        "http_requests": 2,
        "marked_requests": 1,
        "tls_records": 2,
    }
