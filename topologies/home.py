"""Where the suite keeps what outlives a command: engine, images, packages, labs that are up.

`JTEL_CONFORMANCE_HOME` and `JTEL_CONFORMANCE_RUNTIME` move the two folders, for tests and shared machines.
"""

import os
from pathlib import Path


def home() -> Path:
    """Return the folder for what is slow to make and may be kept: engine, images, Python, Allure."""
    if told := os.environ.get("JTEL_CONFORMANCE_HOME"):
        return Path(told)
    return Path("/var/lib/jtel-conformance") if os.geteuid() == 0 else Path.home() / ".cache/jtel-conformance"


def runtime() -> Path:
    """Return the folder for what a reboot ends: sockets, pid files, the state of labs that are up."""
    if told := os.environ.get("JTEL_CONFORMANCE_RUNTIME"):
        return Path(told)
    if os.geteuid() == 0:
        return Path("/run/jtel-conformance")
    return Path(os.environ.get("XDG_RUNTIME_DIR", f"/run/user/{os.geteuid()}")) / "jtel-conformance"
