"""What an image is built from beside its own folder: programs of the suite, another image's, two packages.

Debian has no package of sippy, nor of smbprotocol. Both are pure Python, so the files that are installed
here, which pip has checked against requirements.lock, are those that an image needs; nothing is downloaded
for a build.
"""

import importlib.metadata
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from topologies.errors import SetUpError

TOPOLOGIES = Path(__file__).parents[1]
Sources = Iterator[tuple[Path, str]]
"""Files, each with the name that it has in the context."""


def sources(role: str) -> Sources:
    """Yield what is brought to the image of *role*.

    Raises:
        SetUpError: the Python environment lacks a package that is to be brought.
    """
    for bring in _BROUGHT.get(role, ()):
        yield from bring()


def package(name: str, into: str) -> Sources:
    """Yield the modules of an installed package of pure Python, and its licence.

    Only those of the package that has the name of its project: nothing else that comes with it.

    Raises:
        SetUpError: the Python environment does not have it.
    """
    try:
        files = importlib.metadata.distribution(name).files or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    modules = [file for file in files if file.parts[0] == name and file.suffix == ".py"]
    if not modules:
        raise SetUpError(
            f"{name} is not in this Python environment, and images are built from it: run `make python`, or "
            "install requirements.lock into your own environment"
        )
    for file in modules:
        yield Path(str(file.locate())), f"{into}/{file.as_posix()}"
    for file in files:
        if "licenses" in file.parts:
            yield Path(str(file.locate())), f"{into}/{name}/{file.name}"


def _program_of_the_sidecar() -> Sources:
    for path in sorted((TOPOLOGIES / "sidecar").glob("*.py")):
        yield path, f"sidecar/{path.name}"


def _suite() -> Sources:
    yield TOPOLOGIES / "__init__.py", "suite/topologies/__init__.py"


def _voice() -> Sources:
    """Yield the modules that the telephony server has in common with a phone; they keep their names."""
    for path in sorted((TOPOLOGIES / "voice").glob("*.py")):
        yield path, f"suite/topologies/voice/{path.name}"


def _smb() -> Sources:
    """Yield the modules by which files are read and written; probes have them too."""
    for path in sorted((TOPOLOGIES / "smb").glob("*.py")):
        yield path, f"suite/topologies/smb/{path.name}"


def _samba() -> Sources:
    """Yield the service of the storage's own image, for a balancer that is the storage as well."""
    for path in ("rootfs/etc/jtel/services/smbd", "rootfs/usr/local/lib/jtel/share-ready"):
        yield TOPOLOGIES / "images/storage" / path, path


def _sippy() -> Sources:
    return package("sippy", "python")


def _smbprotocol() -> Sources:
    """Yield the library that speaks SMB, without the other package of its project, which it does not need."""
    return package("smbprotocol", "python")


_BROUGHT: Mapping[str, tuple[Callable[[], Sources], ...]] = {
    "sidecar": (_program_of_the_sidecar,),
    "telephony": (_suite, _voice, _smb, _sippy, _smbprotocol),
    "web": (_suite, _smb, _smbprotocol),
    "balancer": (_samba,),
    "client": (_sippy, _smbprotocol),
}
