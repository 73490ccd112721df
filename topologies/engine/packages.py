"""Programs from the distribution's packages, unpacked into a folder of ours: the host installs nothing.

Only what the host lacks is downloaded, so a program is looked for in the folder first and then on the host.
The host's package lists are used where they are good enough; where they are missing or out of date, fresh
ones are kept beside the folder and the host's are left as they are.
"""

import dataclasses
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from topologies.engine import host
from topologies.engine.commands import run
from topologies.engine.progress import Progress
from topologies.errors import SetUpError
from topologies.home import home

DOWNLOAD_PATIENCE_S = 900.0
_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclasses.dataclass(frozen=True)
class Parcel:
    """Programs that are wanted together, each with the package that has it."""

    name: str
    programs: Mapping[str, str]
    optional: tuple[str, ...] = ()
    """Packages that exist on some releases only."""


ENGINE = Parcel(
    "engine",
    {
        "dockerd": "docker.io",
        "containerd": "containerd",
        "runc": "runc",
        "docker": "docker.io",
        "xtables-nft-multi": "iptables",
    },
    optional=("docker-cli",),
)
BOOTSTRAP = Parcel("bootstrap", {"mmdebstrap": "mmdebstrap"}, optional=("debian-archive-keyring",))


@dataclasses.dataclass(frozen=True)
class PrivateRoot:
    """Where unpacked packages lie."""

    path: Path

    def search_path(self) -> str:
        """Return the PATH on which the folder's programs come first."""
        own = [str(self.path / folder) for folder in ("usr/local/bin", "usr/bin", "usr/sbin", "bin", "sbin")]
        return ":".join([*own, os.environ.get("PATH", ""), _SYSTEM_PATH])

    def environment(self) -> dict[str, str]:
        """Return the environment in which the folder's programs find each other and their libraries."""
        libraries = [
            self.path / "usr/lib",
            *self.path.glob("usr/lib/*-linux-gnu*"),
            *self.path.glob("lib/*-linux-gnu*"),
        ]
        modules = [self.path / "usr/share/perl5"]
        modules += [
            folder
            for pattern in (
                "usr/lib/*/perl5/*",
                "usr/lib/*/perl/*",
                "usr/lib/*/perl-base",
                "usr/share/perl/*",
            )
            for folder in sorted(self.path.glob(pattern))
        ]
        return {
            **os.environ,
            "PATH": self.search_path(),
            "LD_LIBRARY_PATH": ":".join(str(folder) for folder in libraries if folder.is_dir()),
            "PERL5LIB": ":".join(str(folder) for folder in modules if folder.is_dir()),
            "XTABLES_LIBDIR": ":".join(str(folder) for folder in self.path.glob("usr/lib/*/xtables")),
        }

    def program(self, name: str) -> Path | None:
        """Return where a program is, in the folder or on the host."""
        found = shutil.which(name, path=self.search_path())
        return Path(found) if found else None


def private_root(parcel: Parcel) -> PrivateRoot:
    """Return where *parcel* lies, or will lie once it was provided."""
    return PrivateRoot(home() / "packages" / f"{parcel.name}-{host.distribution()[1]}")


def provide(parcel: Parcel, progress: Progress) -> PrivateRoot:
    """Unpack *parcel* unless that was done before; a half-unpacked one never counts.

    Raises:
        SetUpError: the packages cannot be had, or lack a program that is wanted.
    """
    root = private_root(parcel)
    if root.path.is_dir():
        return root
    make_folder(root.path.parent)
    with FileLock(root.path.with_suffix(".lock"), timeout=DOWNLOAD_PATIENCE_S):
        if root.path.is_dir():
            return root
        host.must_have_disk(root.path)
        with aside(root.path) as partial, progress.step(f"packages of the {parcel.name}"):
            _download_and_unpack(parcel, partial)
    return root


def make_folder(folder: Path) -> None:
    """Make a folder of ours.

    Raises:
        SetUpError: it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as refused:
        raise SetUpError(
            f"{folder} cannot be made ({refused.strerror}): name folders that are yours in "
            "JTEL_CONFORMANCE_HOME and JTEL_CONFORMANCE_RUNTIME"
        ) from refused


@contextmanager
def aside(target: Path) -> Iterator[Path]:
    """Give the block a folder that becomes *target* if the block succeeds, and vanishes otherwise."""
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)  # of a process that was killed
    partial.mkdir(parents=True)
    try:
        yield partial
        partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _download_and_unpack(parcel: Parcel, folder: Path) -> None:
    on_host = PrivateRoot(folder)
    wanted = sorted({package for program, package in parcel.programs.items() if not on_host.program(program)})
    debs = folder / "debs"
    (debs / "partial").mkdir(parents=True)
    if wanted:
        _download([*wanted], parcel.optional, debs)
    for deb in sorted(debs.glob("*.deb")):
        run(
            f"unpacking {deb.name}",
            ["dpkg", "-x", str(deb), str(folder)],
            fix="check the disk and try again",
            patience_s=120,
        )
    shutil.rmtree(debs)
    for program, package in parcel.programs.items():
        if on_host.program(program) is None:
            raise SetUpError(
                f"package {package} of this distribution has no {program}: install Docker Engine by hand"
            )


def _download(wanted: list[str], optional: tuple[str, ...], debs: Path) -> None:
    """Download packages and what they need, with the host's lists if those will do, else with fresh ones."""
    try:
        _fetch(wanted, optional, _apt_options(debs))
    except SetUpError:
        lists = home() / "packages" / "lists"
        make_folder(lists / "partial")
        options = _apt_options(debs, lists)
        run(
            "the package lists cannot be read",
            ["apt-get", "update", "-qq", "-o", "APT::Update::Error-Mode=any", *options],
            fix="check the network and the machine's package sources",
            patience_s=DOWNLOAD_PATIENCE_S,
        )
        _fetch(wanted, optional, options)


def _fetch(wanted: list[str], optional: tuple[str, ...], options: list[str]) -> None:
    known = [package for package in optional if _is_known(package, options)]
    # An installed package is downloaded only on request.
    download = [
        "apt-get",
        "install",
        "-qq",
        "-y",
        "--no-install-recommends",
        "--download-only",
        "--reinstall",
    ]
    run(
        f"packages {', '.join(wanted)} cannot be downloaded",
        [*download, *options, *wanted, *known],
        fix="check the network and the machine's package sources",
        patience_s=DOWNLOAD_PATIENCE_S,
    )


def _apt_options(debs: Path, lists: Path | None = None) -> list[str]:
    options = {
        "Dir::Cache::archives": f"{debs}/",
        "Debug::NoLocking": "1",  # nothing of the host is written, and dpkg may be busy
        "APT::Sandbox::User": "root",  # the folder is not open to apt's own user
        "Acquire::Retries": "3",
    }
    if lists is not None:
        options["Dir::State::lists"] = f"{lists}/"
        options["Dir::Cache::pkgcache"] = options["Dir::Cache::srcpkgcache"] = ""
    return [word for name, value in options.items() for word in ("-o", f"{name}={value}")]


def _is_known(package: str, options: list[str]) -> bool:
    found = subprocess.run(
        ["apt-cache", *options, "show", package], capture_output=True, check=False, stdin=subprocess.DEVNULL
    )
    return found.returncode == 0
