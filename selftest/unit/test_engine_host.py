"""What a machine must offer, said in one sentence when it does not."""

import contextlib
import platform
import subprocess
from pathlib import Path

import pytest

from topologies.engine import host
from topologies.engine.base_image import inherited_apt_options, main_mirror
from topologies.engine.commands import run, why_it_failed
from topologies.engine.packages import aside
from topologies.errors import SetUpError

V1 = "".join(
    f"cgroup /sys/fs/cgroup/{name} cgroup rw,relatime,{name} 0 0\n"
    for name in ("cpu", "devices", "freezer", "memory", "pids")
)


def test_unified_cgroups_will_do() -> None:
    host.must_have_cgroups("cgroup2 /sys/fs/cgroup cgroup2 rw,nsdelegate 0 0\n")


def test_separate_cgroups_will_do() -> None:
    host.must_have_cgroups(V1)


def test_missing_cgroups_are_named_with_the_fix() -> None:
    without_freezer = "\n".join(line for line in V1.splitlines() if "freezer" not in line)
    with pytest.raises(SetUpError, match=r"cgroup freezer not mounted .*mount -t cgroup2"):
        host.must_have_cgroups(without_freezer)


def test_disk_is_measured_where_the_folder_will_be(tmp_path: Path) -> None:
    host.must_have_disk(tmp_path / "not" / "there" / "yet", gib=0)
    with pytest.raises(SetUpError, match="JTEL_CONFORMANCE_HOME"):
        host.must_have_disk(tmp_path, gib=1 << 40)


def test_another_system_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    with pytest.raises(SetUpError, match="this is Darwin"):
        host.must_be_linux()


def test_failed_program_is_quoted_by_its_own_errors() -> None:
    done = subprocess.CompletedProcess(
        [], 100, "", "Reading lists\nE: Unable to fetch a\nW: old\nE: Giving up\nbye"
    )
    assert why_it_failed(done) == "E: Unable to fetch a / E: Giving up"


def test_failed_program_without_words_is_quoted_by_its_status() -> None:
    assert why_it_failed(subprocess.CompletedProcess([], 7, "", "")) == "exit status 7"


def test_failure_names_what_was_wanted_and_the_fix() -> None:
    with pytest.raises(SetUpError, match=r"^the thing: exit status 1; try harder$"):
        run("the thing", ["false"], fix="try harder", patience_s=5)


def test_missing_program_is_named() -> None:
    with pytest.raises(SetUpError, match="there is no program no-such-program"):
        run("the thing", ["no-such-program"], fix="try harder", patience_s=5)


def test_what_failed_half_way_is_not_there(tmp_path: Path) -> None:
    target = tmp_path / "tool"
    with contextlib.suppress(SetUpError), aside(target) as partial:
        (partial / "half").touch()
        raise SetUpError("no more disk")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "tool.partial").mkdir()
    (tmp_path / "tool.partial/half").touch()
    with aside(tmp_path / "tool") as partial:
        (partial / "whole").touch()
    assert [path.name for path in tmp_path.rglob("*")] == ["tool", "whole"]


def test_mirror_is_that_of_the_release_not_of_its_updates() -> None:
    targets = "http://security.example/ stable-security main\nhttp://mirror.example/debian/ stable main\n"
    assert main_mirror(targets, "stable") == "http://mirror.example/debian"
    assert main_mirror(targets, "testing") is None


def test_base_image_inherits_the_way_to_the_mirror_and_nothing_else() -> None:
    proxy = 'Acquire::http::Proxy "http://proxy.example:3128";'
    dump = f'Acquire "";\nAcquire::http "";\n{proxy}\nAcquire::Check-Date "false";\nDPkg::Post-Invoke "rm";\n'
    assert inherited_apt_options(dump) == [proxy, 'Acquire::Check-Date "false";']
