"""The agent: requests as JSON lines in, answers and events as JSON lines out, until the input ends.

    {"id": 1, "do": "kill", "node": "lb1"}
    {"id": 1, "ok": true, "began_ns": ..., "ended_ns": ..., "result": null}
    {"id": 1, "ok": false, "gone": true, "error": "lb1 is not running: ..."}
    {"watch": 7, "event": {"t": "arp", "at_ns": ..., ...}}

Every request runs in a thread of its own, so that a slow one (waiting for answers on a wire) delays no other.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from . import arp, connecting, frames, interfaces, processes, sampling
from .capturing import Capturing
from .counting import Counting, rules_for
from .monitoring import StallMonitors
from .namespaces import in_network_of
from .refusals import NodeGone, Refused
from .watching import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_NICE = -10
"""Facts are stamped when the agent is woken, so it goes before the load."""


class Agent:
    """The nodes and watches of one session."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._inits: dict[str, processes.Init] = {}
        self._watches: dict[int, Watch] = {}
        self._captures: dict[int, Capturing] = {}
        self._countings: dict[int, Counting] = {}
        self._monitors: dict[int, StallMonitors] = {}
        self._lock = threading.RLock()
        self._abilities: dict[str, Callable[[Any], Any]] = {
            "now": lambda _: time.monotonic_ns(),
            "attach": self._attach,
            "alive": self._alive,
            "kill": lambda asked: self._init(asked).kill(),
            "signal": lambda asked: processes.send(self._pid(asked), asked["program"], asked["signal"]),
            "processes": lambda asked: list(processes.find(self._pid(asked), asked["program"]).values()),
            "frozen": lambda asked: processes.is_frozen(self._pid(asked)),
            "services": lambda asked: processes.services_started(self._pid(asked)),
            "drop_frames": lambda asked: frames.drop_frames(
                self._pid(asked), asked["direction"], asked["peers"]
            ),
            "drop_port": lambda asked: frames.drop_port(self._pid(asked), asked["port"]),
            "drop_udp": lambda asked: frames.drop_udp(self._pid(asked), asked["direction"], asked["percent"]),
            "restore_frames": lambda asked: frames.restore_frames(self._pid(asked)),
            "frames_dropped": lambda asked: frames.frames_dropped(self._pid(asked)),
            "link_down": lambda asked: interfaces.link_down(self._pid(asked), asked["address"]),
            "link_up": lambda asked: interfaces.link_up(self._pid(asked), asked["address"]),
            "has_carrier": lambda asked: interfaces.has_carrier(self._pid(asked), asked["address"]),
            "who_has": self._who_has,
            "try_connect": self._try_connect,
            "sample_datagrams": self._sample_datagrams,
            "watch": self._watch,
            "unwatch": self._unwatch,
            "watch_stalls": self._watch_stalls,
            "unwatch_stalls": lambda asked: self._monitors.pop(asked["watch"]).stop(),
            "capture": self._capture,
            "caught": lambda asked: base64.b64encode(self._captures[asked["watch"]].caught()).decode(),
            "end_capture": lambda asked: self._captures.pop(asked["watch"]).stop(),
            "count_datagrams": self._count_datagrams,
            "counted": lambda asked: self._countings[asked["watch"]].read(),
            "end_counting": lambda asked: self._countings.pop(asked["watch"]).stop(),
        }

    def serve(self, line: str) -> None:
        """Carry out one request and answer it."""
        asked = json.loads(line)
        began_ns = time.monotonic_ns()
        try:
            result = self._ability(asked["do"])(asked)
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is the answer
            told = str(error) if isinstance(error, Refused) else f"{type(error).__name__}: {error}"
            self._say({"id": asked["id"], "ok": False, "gone": isinstance(error, NodeGone), "error": told})
        else:
            ended_ns = time.monotonic_ns()
            self._say(
                {"id": asked["id"], "ok": True, "began_ns": began_ns, "ended_ns": ended_ns, "result": result}
            )

    def _ability(self, name: str) -> Callable[[Any], Any]:
        if name not in self._abilities:
            raise Refused(f"the sidecar cannot {name!r}; it can {', '.join(sorted(self._abilities))}")
        return self._abilities[name]

    def close(self) -> None:
        """End every watch, capture, counting and monitor."""
        for watch in self._watches.values():
            watch.stop()
        for capture in self._captures.values():
            capture.stop()
        for counting in self._countings.values():
            counting.stop()
        for monitors in self._monitors.values():
            monitors.stop()

    def _say(self, said: Mapping[str, object]) -> None:
        self._write(json.dumps(said) + "\n")

    def _init(self, asked: Mapping[str, Any]) -> processes.Init:
        node = asked["node"]
        if node not in self._inits:
            raise NodeGone(f"{node} is not running, as far as the sidecar was told")
        init = self._inits[node]
        init.must_be_alive()
        return init

    def _pid(self, asked: Mapping[str, Any]) -> int:
        return self._init(asked).pid

    def _attach(self, asked: Mapping[str, Any]) -> None:
        """Learn the first process of a node, and let every watch that names the node follow."""
        with self._lock:
            known = self._inits.get(asked["node"])
            if known and known.pid == asked["pid"] and known.alive():
                return
            init = processes.Init(asked["node"], asked["pid"])
            self._inits[asked["node"]] = init
            if known:
                known.close()
            for watch in self._watches.values():
                if init.node in watch.nodes:
                    watch.follow(init, from_the_start=False)

    def _alive(self, asked: Mapping[str, Any]) -> bool:
        init = self._inits.get(asked["node"])
        return init is not None and init.alive()

    def _who_has(self, asked: Mapping[str, Any]) -> list[str]:
        return in_network_of(self._pid(asked), partial(arp.who_has, asked["address"], asked["patience_s"]))

    def _try_connect(self, asked: Mapping[str, Any]) -> str:
        attempt = partial(connecting.try_connect, asked["address"], asked["port"], asked["patience_s"])
        return in_network_of(self._pid(asked), attempt)

    def _sample_datagrams(self, asked: Mapping[str, Any]) -> int:
        sender, receiver = self._pid(asked), self._pid({"node": asked["receiver"]})
        return sampling.arrived(sender, receiver, asked["address"], asked["number"], asked["patience_s"])

    def _watch(self, asked: Mapping[str, Any]) -> None:
        with self._lock:
            watch = Watch(self._emitter(asked["watch"]), asked["owners"], asked["wire"], asked["addresses"])
            self._watches[asked["watch"]] = watch
            for node in sorted(watch.nodes):
                if self._alive({"node": node}):
                    watch.follow(self._inits[node], from_the_start=True)

    def _unwatch(self, asked: Mapping[str, Any]) -> None:
        with self._lock:
            self._watches.pop(asked["watch"]).stop()

    def _emitter(self, watch: int) -> Callable[[dict[str, Any]], None]:
        return lambda fact: self._say({"watch": watch, "event": fact})

    def _watch_stalls(self, asked: Mapping[str, Any]) -> None:
        self._monitors[asked["watch"]] = StallMonitors(asked["watch"], self._write)

    def _capture(self, asked: Mapping[str, Any]) -> None:
        init = self._init(asked)
        self._captures[asked["watch"]] = Capturing(init, asked["address"], asked["filter"], asked["seconds"])

    def _count_datagrams(self, asked: Mapping[str, Any]) -> None:
        init = self._init(asked)
        with self._lock:
            if init.node in {counting.node for counting in self._countings.values()}:
                raise Refused(f"datagrams of {init.node} are being counted already")
            counted = Counting(processes.Init(init.node, init.pid), rules_for(init.pid))
            self._countings[asked["watch"]] = counted


def _go_before_the_load() -> None:
    try:
        os.setpriority(os.PRIO_PROCESS, 0, _NICE)
    except PermissionError:
        return  # without CAP_SYS_NICE stamps are a little later under load; a stall shows in its own facts


def main() -> None:
    """Serve standard input until it ends."""
    _go_before_the_load()
    lock = threading.Lock()

    def write(line: str) -> None:
        with lock:
            sys.stdout.write(line)
            sys.stdout.flush()

    agent = Agent(write)
    for line in sys.stdin:
        threading.Thread(target=agent.serve, args=(line,), daemon=True).start()
    agent.close()
