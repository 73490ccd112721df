"""What goes into a node: rendered configurations, aliases, certificates."""

import io
import tarfile
from pathlib import Path

import pytest
from cryptography import x509

from topologies.errors import SetUpError
from topologies.lab import certificates, rendering
from topologies.lab.credentials import Secrets
from topologies.lab.rendering import File
from topologies.loading import load
from topologies.model import Role

TOPOLOGY = load("redundant-lb").relocated(3)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Make configurations of one role: a template, a plain file, a program."""
    configs = tmp_path / "balancer/configs/etc"
    configs.mkdir(parents=True)
    (configs / "a.cfg.j2").write_text(
        "{% if true %}\nname {{ name }}\n{% endif %}\n"
        "at {{ resolve('acd-lb') }} {{ node.interface('inside') }} {{ secrets['stats'] }}\n"
    )
    (configs / "plain").write_text("{{ as it is }}")
    (configs / "program").write_text("#!/bin/sh\n")
    (configs / "program").chmod(0o755)
    return tmp_path


def test_rendered_for_its_node(images: Path) -> None:
    secrets = Secrets()
    files = {file.path: file for file in rendering.render("lb2", TOPOLOGY, secrets, images=images)}
    assert files["/etc/a.cfg"].content.decode() == f"name lb2\nat 198.18.49.100 eth1 {secrets['stats']}\n"
    assert files["/etc/plain"] == File("/etc/plain", b"{{ as it is }}", 0o644)
    assert files["/etc/program"].mode == 0o755


def test_role_without_configurations(images: Path) -> None:
    assert rendering.render("client", TOPOLOGY, Secrets(), images=images) == []


@pytest.mark.parametrize("template", ["{{ nonsense }}", "{{ resolve('nobody') }}", "{% if %}"])
def test_template_that_cannot_be_rendered(images: Path, template: str) -> None:
    (images / "balancer/configs/etc/a.cfg.j2").write_text(template)
    with pytest.raises(SetUpError, match=r"^balancer/configs/etc/a\.cfg\.j2.*rendered for lb1"):
        rendering.render("lb1", TOPOLOGY, Secrets(), images=images)


@pytest.mark.parametrize("name", TOPOLOGY.nodes)
def test_real_templates_render(name: str) -> None:
    files = rendering.render(name, TOPOLOGY, Secrets())
    assert not [file.path for file in files if file.path.endswith(".j2")]


def test_every_alias_is_in_the_hosts_table() -> None:
    hosts = rendering.extra_hosts(rendering.hosts_table("web1", TOPOLOGY))
    assert set(hosts) == set(TOPOLOGY.alias_names())
    assert hosts["lb1"] == "198.18.50.11"  # on the network that both share
    assert rendering.name_server("web1", TOPOLOGY) == []


def test_alias_that_only_dns_knows() -> None:
    topology = TOPOLOGY.model_copy(update={"dns_only": ("acd-dbm",)})
    assert "acd-dbm" not in rendering.extra_hosts(rendering.hosts_table("web1", topology))
    table, service = rendering.name_server("web1", topology)
    assert table.content == b"198.18.50.31 acd-dbm\n"
    assert (service.path, service.mode) == ("/etc/jtel/services/dns", 0o755)


def test_archive_has_content_and_modes() -> None:
    packed = rendering.as_tar([File("/etc/a", b"text", 0o755), File("/b", b"")])
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        assert [(member.name, member.mode, member.uid) for member in archive] == [
            ("etc/a", 0o755, 0),
            ("b", 0o644, 0),
        ]
        content = archive.extractfile("etc/a")
        assert content is not None
        assert content.read() == b"text"


def test_text_is_changed_and_bytes_are_not() -> None:
    assert File("/a", b"old").changed(lambda text: text.replace("old", "new")).content == b"new"
    assert File("/a", b"\xff").changed(lambda _: "new").content == b"\xff"


def test_certificate_covers_every_way_in() -> None:
    shown = certificates.issue(TOPOLOGY)
    certificate = x509.load_pem_x509_certificates(shown.server_pem.encode())[0]
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(names.get_values_for_type(x509.DNSName)) == {"acd-lb", "lb1", "lb2"}
    assert "198.18.49.100" in {str(address) for address in names.get_values_for_type(x509.IPAddress)}
    assert [file.mode for file in shown.files("lb1", Role.BALANCER)] == [0o644, 0o600, 0o600]
    assert [file.path for file in shown.files("client", Role.CLIENT)] == [certificates.CA_PATH]
    assert "PRIVATE" not in repr(shown)
