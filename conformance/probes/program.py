"""How a probe gets to the vantage: its modules and settings over stdin, to a bare `python3`.

The modules keep their names there, so they import each other as they do here and a traceback names real
files.
"""

import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

PACKAGE = "conformance.probes.vantage"
MODULES = (
    *("failures", "names", "output", "plan", "wire", "lines", "loop"),
    *("http_answers", "http_wire", "http_plans", "sessions"),
    *("sql_packets", "sql_answers", "sql_wire", "sql_plans"),
    "process",
)
"""In the order in which they import each other."""

ARGV = (
    "python3",
    "-u",
    "-c",
    "import sys; exec(compile(sys.stdin.buffer.read(int(sys.stdin.buffer.readline())), 'probe', 'exec'))",
)

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
for at, _ in enumerate(parcel["package"].split("."), 1):
    module(".".join(parcel["package"].split(".")[:at]))
for name, source in parcel["modules"]:
    full = parcel["package"] + "." + name
    exec(compile(source, full.replace(".", "/") + ".py", "exec"), module(full).__dict__)
sys.modules[parcel["package"] + ".process"].main(parcel["settings"])
"""


def parcel(settings: Mapping[str, Any]) -> str:
    """Return what has to be written to the stdin of `ARGV` to run the probe that *settings* describe."""
    sources = resources.files(PACKAGE)
    modules = [[name, sources.joinpath(f"{name}.py").read_text(encoding="utf-8")] for name in MODULES]
    content = json.dumps({"package": PACKAGE, "modules": modules, "settings": dict(settings)})
    return "".join(f"{len(part)}\n{part}" for part in (_BOOTSTRAP, content))
