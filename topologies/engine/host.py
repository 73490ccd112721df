"""What the machine must offer before an engine of ours can run on it, each missing thing in one sentence."""

import platform
import shutil
from pathlib import Path

from topologies.errors import SetUpError

DISK_GIB = 5
_GIB = 1 << 30
CGROUP_V1_NEEDED = frozenset({"cpu", "devices", "freezer", "memory", "pids"})


def must_be_linux() -> None:
    """Raise SetUpError on another system."""
    if (system := platform.system()) != "Linux":
        raise SetUpError(f"this is {system}, and the labs need Linux: use a Debian or Ubuntu machine")


def must_have_disk(folder: Path, gib: int = DISK_GIB) -> None:
    """Raise SetUpError unless the file system of *folder* has room for engine and images."""
    present = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free_gib = shutil.disk_usage(present).free / _GIB
    if free_gib < gib:
        raise SetUpError(
            f"{folder} has {free_gib:.1f} GiB of free disk and {gib} GiB are needed: make room, "
            "or name another folder in JTEL_CONFORMANCE_HOME"
        )


def must_have_cgroups(mounts: str) -> None:
    """Raise SetUpError unless *mounts* (the text of /proc/mounts) has what an engine needs of cgroups."""
    fields = [line.split() for line in mounts.splitlines()]
    if any(kind == "cgroup2" and where == "/sys/fs/cgroup" for _, where, kind, *_ in fields):
        return
    mounted = {
        option for _, _, kind, options, *_ in fields if kind == "cgroup" for option in options.split(",")
    }
    if missing := CGROUP_V1_NEEDED - mounted:
        raise SetUpError(
            f"cgroup {', '.join(sorted(missing))} not mounted under /sys/fs/cgroup, and containers need it: "
            "mount it (mount -t cgroup2 none /sys/fs/cgroup), or install and start systemd or cgroupfs-mount"
        )


def distribution() -> tuple[str, str]:
    """Return the distribution and its release, such as `debian` and `bookworm`.

    Raises:
        SetUpError: it is neither Debian nor Ubuntu nor one that is made of their packages.
    """
    release = platform.freedesktop_os_release()
    if shutil.which("apt-get") is None or "VERSION_CODENAME" not in release:
        raise SetUpError(
            f"{release.get('PRETTY_NAME', 'this system')} has no Debian packages to set up an engine from: "
            "start an engine by hand, or set DOCKER_HOST to one"
        )
    return release["ID"], release["VERSION_CODENAME"]
