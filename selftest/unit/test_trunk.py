"""The transport of the trunk between PBX and SIP proxy: what may be declared, and what is rendered of it."""

from collections import defaultdict
from ipaddress import IPv4Address

import pytest
from cryptography import x509

from conformance.norms import kamailio
from conformance.norms.kamailio_detection import detection
from selftest.samples.trunks import over
from topologies import loading
from topologies.document import Document
from topologies.errors import TopologyError
from topologies.lab import certificates
from topologies.lab.rendering import render
from topologies.loading import load
from topologies.trunk import Transport, Trunk

ADDRESS = IPv4Address("198.18.3.61")
PEM = "/run/kamailio/server.pem"


def files(name: str, transport: Transport) -> tuple[str, str]:
    """Return kamailio.cfg and dispatcher.list of a node."""
    secrets: dict[str, str] = defaultdict(lambda: "secret")
    own = {file.path: file.content.decode() for file in render(name, over(transport), secrets)}
    return own["/etc/kamailio/kamailio.cfg"], own["/etc/kamailio/dispatcher.list"]


def complaint(name: str, transport: str) -> str:
    """Return what is said against a trunk of this transport in a topology."""
    found = loading.find(name)
    with pytest.raises(TopologyError) as caught:
        loading.validated(found.patched(Document(found.path, {"trunk": {"transport": transport}}, {})))
    return str(caught.value)


def listening(config: str) -> list[str]:
    return [line.removeprefix("listen=") for line in config.splitlines() if line.startswith("listen=")]


def test_trunk_is_udp_unless_told_otherwise() -> None:
    assert {load(name).trunk for name in loading.names()} == {Trunk(transport="udp")}
    assert over("udp") == load("sip-proxy")


@pytest.mark.parametrize(
    ("transport", "socket", "uri"),
    [
        ("udp", "udp:198.18.3.61:5060", "sip:198.18.3.61:5060"),
        ("tcp", "tcp:198.18.3.61:5060", "sip:198.18.3.61:5060;transport=tcp"),
        ("tls", "tls:198.18.3.61:5061", "sip:198.18.3.61:5061;transport=tls"),
    ],
)
def test_address_says_the_transport(transport: Transport, socket: str, uri: str) -> None:
    trunk = Trunk(transport=transport)
    assert (trunk.socket(ADDRESS), trunk.uri(ADDRESS)) == (socket, uri)


@pytest.mark.parametrize("name", ["simple", "nn-sip"])
def test_telephony_servers_speak_udp_alone(name: str) -> None:
    assert f"{name}.yaml" in complaint(name, "tls")
    assert "trunk.transport: 'tls' is for the variant `sip: proxy` alone" in complaint(name, "tls")


def test_unknown_transport_is_refused_with_the_known_ones() -> None:
    assert "trunk.transport: 'tsl' is not possible here; did you mean 'tls'?" in complaint("sip-proxy", "tsl")


@pytest.mark.parametrize("node", ["pbx1", "sp1"])
def test_nobody_listens_for_tcp_without_need(node: str) -> None:
    config, destinations = files(node, "udp")
    assert "disable_tcp=yes" in config
    assert "tls.so" not in config
    assert {socket.partition(":")[0] for socket in listening(config)} == {"udp"}
    assert "transport=" not in destinations


@pytest.mark.parametrize(("transport", "port"), [("tcp", 5060), ("tls", 5061)])
def test_both_sides_listen_and_call_over_the_transport(transport: Transport, port: int) -> None:
    """Proxies listen on the virtual IP too, call phones from there, and probe from their own address."""
    pbx, to_proxy = files("pbx1", transport)
    proxy, to_pbx = files("sp2", transport)

    assert listening(pbx) == ["udp:198.18.3.61:5060", f"{transport}:198.18.3.61:{port}"]
    assert f"1 sip:198.18.3.100:{port};transport={transport} 0 0 duid=acd-sip\n" in to_proxy
    assert listening(proxy)[2:] == [f"{transport}:198.18.3.72:{port}", f"{transport}:198.18.3.100:{port}"]
    own = f"duid=pbx1;socket={transport}:198.18.3.72:{port}\n"
    assert to_pbx.endswith(f"2 sip:198.18.3.61:{port};transport={transport} 0 99 {own}")
    assert proxy.count(f'$fs = "{transport}:198.18.3.100:{port}"') == 1
    assert proxy.count('$fs = "udp:198.18.3.100:5060"') == 2
    for config in (pbx, proxy):
        assert "disable_tcp" not in config
        assert "\ntcp_connect_timeout=2 " in config
        assert ("enable_tls=yes" in config) == (transport == "tls")


@pytest.mark.parametrize("node", ["pbx1", "sp1"])
def test_tls_is_verified_on_both_sides(node: str) -> None:
    config = kamailio.parse(*files(node, "tls"))
    given = {name: config.parameter("tls", name, "") for name in ("tls_method", "certificate", "ca_list")}
    assert given == {"tls_method": "TLSv1.2+", "certificate": PEM, "ca_list": certificates.CA_PATH}
    assert config.number("tls", "verify_certificate", 0) == 1
    assert config.number("tls", "require_certificate", 0) == 1


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_destinations_are_found_by_name_whatever_the_transport(transport: Transport) -> None:
    """Norms are computed from what is found, so a server has to be recognised in its address."""
    proxy = kamailio.parse(*files("sp1", transport))
    assert proxy.destination("pbx1").host == "198.18.3.61"
    assert detection(kamailio.parse(*files("pbx1", transport)), "acd-sip").seconds == 5.0


def test_certificates_name_every_way_in() -> None:
    shown = certificates.issue(over("tls"))
    names = {}
    for node in ("pbx1", "sp1", "client"):
        certificate = x509.load_pem_x509_certificates(shown.node_pems[node].encode())[0]
        named = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        addresses = map(str, named.get_values_for_type(x509.IPAddress))
        names[node] = {*named.get_values_for_type(x509.DNSName), *addresses}
    assert names == {
        "pbx1": {"pbx1", "198.18.3.61"},
        "sp1": {"sp1", "198.18.3.71", "acd-sip", "198.18.3.100"},
        "client": {"client", "198.18.1.10", "198.18.3.10"},
    }


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_keys_are_given_to_nobody_without_need(transport: Transport) -> None:
    assert certificates.issue(over(transport)).node_pems.keys() == {"dbm1"}
