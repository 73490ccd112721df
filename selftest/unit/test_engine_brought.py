"""What images are built from beside their own folders."""

import subprocess
import sys
from pathlib import Path

import pytest

from topologies.engine import brought
from topologies.engine.context import Context, Entry, context_of
from topologies.errors import SetUpError


def names(role: str) -> set[str]:
    return {name for _, name in brought.sources(role)}


def test_telephony_brings_sippy_and_what_it_has_in_common_with_a_phone() -> None:
    found = names("telephony")

    assert {"python/sippy/UA.py", "suite/topologies/__init__.py", "suite/topologies/voice/agent.py"} <= found
    assert all(path.is_file() for path, _ in brought.sources("telephony"))


def test_of_packages_come_their_modules_and_licences_and_nothing_else() -> None:
    """Not sippy's top-level package `tests`, not `smbclient`, and nothing that was compiled here."""
    found = names("client")

    assert {"python/sippy/LICENSE", "python/smbprotocol/LICENSE"} <= found
    assert all(name.startswith(("python/sippy/", "python/smbprotocol/")) for name in found)
    assert {Path(name).suffix for name in found} == {".py", ""}


def test_smbprotocol_needs_no_other_package_of_its_project() -> None:
    said = "import sys, topologies.smb.store; sys.exit('smbclient' in sys.modules)"

    subprocess.run([sys.executable, "-c", said], check=True)


def test_who_uses_the_storage_brings_how_it_is_spoken_to() -> None:
    for role in ("web", "telephony"):
        brings = {"suite/topologies/__init__.py", "suite/topologies/smb/store.py"}
        assert {*brings, "python/smbprotocol/connection.py"} <= names(role)


def test_a_balancer_brings_the_service_of_the_storage() -> None:
    assert names("balancer") == {"rootfs/etc/jtel/services/smbd", "rootfs/usr/local/lib/jtel/share-ready"}
    assert {entry.executable for entry in context_of("balancer").entries if "smbd" in entry.name} == {True}


def test_most_roles_need_nothing() -> None:
    assert not names("database")


def test_the_name_of_an_image_changes_with_what_is_brought_to_it(tmp_path: Path) -> None:
    (tmp_path / "client").mkdir()
    (tmp_path / "client/Dockerfile").write_text("FROM x")
    context = context_of("client", tmp_path)
    other = Context(
        tuple(
            Entry(entry.name, entry.executable, entry.content + b"#") if "UA.py" in entry.name else entry
            for entry in context.entries
        )
    )

    assert len(context.entries) > 100
    assert context.digest({}) != other.digest({})


def test_a_package_that_is_not_here_is_named_with_the_way_to_get_it() -> None:
    with pytest.raises(SetUpError, match=r"nosuchpackage is not in this Python environment.*make python"):
        list(brought.package("nosuchpackage", "python"))


def test_sippy_waits_as_we_want_it_to() -> None:
    import topologies.voice.loop  # noqa: F401, PLC0415 -- brings sippy
    from topologies.voice.waiting import Waiting  # noqa: PLC0415

    assert sys.modules["elperiodic.ElPeriodic"].ElPeriodic is Waiting
