"""How a probe gets to the vantage: its modules and settings over stdin, to a bare `python3`.

The modules keep their names there, so they import each other as they do here and a traceback names real
files.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PACKAGE = "conformance.probes.vantage"
MODULES = (
    *("failures", "names", "output", "plan", "wire", "lines", "loop", "work"),
    *("http_answers", "http_wire", "http_plans", "sessions"),
    *("sql_packets", "sql_answers", "sql_wire", "sql_plans"),
    "process",
)
"""In the order in which they import each other."""
SMB = "topologies.smb"
SMB_MODULES = ("trouble", "link", "share")
VOICE = "topologies.voice"
VOICE_MODULES = (
    *("waiting", "loop", "transport", "description", "reception", "hearing"),
    *("stream", "streams", "headers", "call", "agent", "registration"),
)
PHONE = "conformance.probes.phone"
PHONE_MODULES = ("directory", "lines", "leg", "desk", "pace", "plans", "process")

PROGRAMS = {
    "http": [f"{PACKAGE}.{name}" for name in MODULES],
    "smb": [
        f"{PACKAGE}.smb_needs",
        *(f"{SMB}.{name}" for name in SMB_MODULES),
        *(f"{PACKAGE}.{name}" for name in MODULES[: MODULES.index("work") + 1]),
        *(f"{PACKAGE}.{name}" for name in ("smb_records", "smb_plans", "smb_loop", "smb_process")),
    ],
    "phone": [
        f"{PHONE}.needs",
        *(f"{PACKAGE}.{name}" for name in ("names", "output")),
        *(f"{VOICE}.{name}" for name in VOICE_MODULES),
        *(f"{PHONE}.{name}" for name in PHONE_MODULES),
    ],
}
"""Modules of each program, as `program` in a probe's settings names it; the last one has its `main`."""

ARGV = (
    "python3",
    "-u",
    "-c",
    "import sys; exec(compile(sys.stdin.buffer.read(int(sys.stdin.buffer.readline())), 'probe', 'exec'))",
)

_ROOT = Path(__file__).parents[2]
_BOOTSTRAP = """
import json, sys, types
parcel = json.loads(sys.stdin.buffer.read(int(sys.stdin.buffer.readline())))
def module(name):
    made = sys.modules[name] = types.ModuleType(name)
    made.__path__ = []
    parent, _, own = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], own, made)
    return made
for full, source in parcel["modules"]:
    steps = full.split(".")
    for at in range(1, len(steps)):
        if ".".join(steps[:at]) not in sys.modules:
            module(".".join(steps[:at]))
    exec(compile(source, full.replace(".", "/") + ".py", "exec"), module(full).__dict__)
sys.modules[parcel["modules"][-1][0]].main(parcel["settings"])
"""


def parcel(settings: Mapping[str, Any]) -> str:
    """Return what has to be written to the stdin of `ARGV` to run the probe that *settings* describe."""
    modules = [[name, _source(name)] for name in PROGRAMS[settings.get("program", "http")]]
    content = json.dumps({"modules": modules, "settings": dict(settings)})
    return "".join(f"{len(part)}\n{part}" for part in (_BOOTSTRAP, content))


def _source(module: str) -> str:
    # Not by importlib, which would import the package here.
    return (_ROOT / module.replace(".", "/")).with_suffix(".py").read_text(encoding="utf-8")
