"""The base image: found, pulled, or bootstrapped from the machine's own package mirror under the same tag."""

import os
import re
import subprocess
from pathlib import Path

import docker
import requests
from filelock import FileLock

from topologies.engine import host, packages
from topologies.engine.commands import run
from topologies.engine.connection import Engine
from topologies.engine.daemon import remove
from topologies.engine.packages import make_folder
from topologies.engine.progress import Progress
from topologies.errors import EngineError, SetUpError
from topologies.home import home

RELEASE = "trixie"
REPOSITORY, TAG = "debian", f"{RELEASE}-slim"
BASE_IMAGE = f"{REPOSITORY}:{TAG}"
BOOTSTRAPPED_LABEL = "jtel-conformance.bootstrapped"
"""On a base image that was made here, so that it can be told from one that was pulled."""
MIRROR_VARIABLE = "JTEL_CONFORMANCE_MIRROR"
ARCHIVE = "base.tar"
PULL_SILENCE_S = 15.0
"""How long a registry may say nothing; machines without a way to one should not wait for long."""
BOOTSTRAP_PATIENCE_S = 900.0
HOST_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
INHERITED_APT_OPTIONS = re.compile(
    r'^Acquire::(https?::(Proxy|No-Proxy|Verify-Peer|Verify-Host)\b.*|Check-Valid-Until|Check-Date) ".+";$'
)
"""How the host reaches its mirror, and whether its clock can be trusted; the base needs the same to do so."""


def provide(engine: Engine, progress: Progress) -> str:
    """Make sure that the engine has the base image; return its id.

    Raises:
        SetUpError: it can be neither pulled nor bootstrapped.
    """
    if present := _present(engine):
        return present
    with progress.step(f"{BASE_IMAGE} from its registry, if one answers"):
        why_not_pulled = _pull(engine)
    if why_not_pulled:
        _bootstrap(engine, progress, why_not_pulled=why_not_pulled)
    if present := _present(engine):
        return present
    raise SetUpError(f"{BASE_IMAGE} is not on the engine although it was brought there: try again")


def _present(engine: Engine) -> str | None:
    try:
        return str(engine.client.images.get(BASE_IMAGE).id)
    except docker.errors.ImageNotFound:
        return None


def _pull(engine: Engine) -> str | None:
    """Pull the base image; return why that was not possible, if it was not."""
    client = engine.connect(patience_s=PULL_SILENCE_S)
    try:
        for event in client.api.pull(REPOSITORY, tag=TAG, stream=True, decode=True):
            if "error" in event:
                return str(event["error"])
    except docker.errors.APIError as refused:
        return str(refused.explanation or refused)
    except requests.RequestException as silent:
        return str(silent)
    finally:
        client.close()
    return None


def _bootstrap(engine: Engine, progress: Progress, *, why_not_pulled: str) -> None:
    mirror = _mirror(why_not_pulled)
    root = packages.provide(packages.BOOTSTRAP, progress)
    host.must_have_disk(home(), gib=2)
    with FileLock(home() / "base.lock"), progress.step(f"{BASE_IMAGE} from the machine's own mirror"):
        if _present(engine):
            return  # another process was faster
        folder = home() / "base-partial"
        remove(folder)  # of a process that was killed
        make_folder(folder)
        try:
            _bootstrap_in(folder, root, mirror)
            _load(engine, folder / ARCHIVE)
        finally:
            remove(folder)


def _bootstrap_in(folder: Path, root: packages.PrivateRoot, mirror: str) -> None:
    run(
        f"{BASE_IMAGE} cannot be pulled, and its bootstrap failed",
        _mmdebstrap(root, mirror, folder / ARCHIVE),
        fix=f"check the mirror, or name another in {MIRROR_VARIABLE}",
        patience_s=BOOTSTRAP_PATIENCE_S,
        environment={**root.environment(), "TMPDIR": str(folder)},
        root=True,
    )


def _load(engine: Engine, archive: Path) -> None:
    changes = ['CMD ["bash"]', f"LABEL {BOOTSTRAPPED_LABEL}=yes"]
    try:
        engine.client.api.import_image_from_file(
            str(archive), repository=REPOSITORY, tag=TAG, changes=changes
        )
    except docker.errors.APIError as refused:
        raise EngineError(f"the engine did not take {BASE_IMAGE} ({refused}): check its disk") from refused


def _mmdebstrap(root: packages.PrivateRoot, mirror: str, archive: Path) -> list[str]:
    options = ["--variant=minbase", "--mode=root", "--include=ca-certificates", "--quiet"]
    options += [
        f"--dpkgopt=path-exclude=/usr/share/{folder}/*" for folder in ("doc", "info", "locale", "man")
    ]
    options += [f"--aptopt={option}" for option in inherited_apt_options(_apt_config())]
    own_keys = root.path / "usr/share/keyrings/debian-archive-keyring.gpg"
    if own_keys.is_file():
        options.append(f"--keyring={own_keys}")
    if HOST_CERTIFICATES.is_file():
        options.append(f"--customize-hook=copy-in {HOST_CERTIFICATES} {HOST_CERTIFICATES.parent}")
    return [str(root.program("mmdebstrap")), *options, RELEASE, str(archive), f"deb {mirror} {RELEASE} main"]


def _mirror(why_not_pulled: str) -> str:
    if told := os.environ.get(MIRROR_VARIABLE):
        return told
    system, codename = host.distribution()
    targets = run(
        "the machine's package sources cannot be read",
        [
            "apt-get",
            "indextargets",
            "--format",
            "$(REPO_URI) $(RELEASE) $(COMPONENT)",
            "Created-By: Packages",
        ],
        fix="repair them",
        patience_s=30,
    )
    if system == "debian" and (mirror := main_mirror(targets, codename)):
        return mirror
    raise SetUpError(
        f"{BASE_IMAGE} cannot be pulled ({why_not_pulled}) nor bootstrapped, since this machine's package "
        "sources name no Debian mirror: bring the image by hand (docker load), or name a mirror in "
        f"{MIRROR_VARIABLE}"
    )


def main_mirror(targets: str, codename: str) -> str | None:
    """Return the mirror of the release itself from lines of `URI release component`."""
    for target in targets.splitlines():
        match target.split():
            case [uri, release, "main"] if release == codename:
                return uri.rstrip("/")
            case _:
                continue
    return None


def inherited_apt_options(dump: str) -> list[str]:
    """Return what of the host's apt configuration (`apt-config dump`) the base image needs as well."""
    return [line for line in dump.splitlines() if INHERITED_APT_OPTIONS.match(line)]


def _apt_config() -> str:
    done = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True)
    return done.stdout
