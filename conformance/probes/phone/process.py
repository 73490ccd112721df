"""The phone's process: settings in, history lines out, until stdin is closed."""

from __future__ import annotations

import contextlib
import gc
import os
import socket
import sys
import time
from typing import Any

from conformance.probes.phone.desk import Desk
from conformance.probes.phone.directory import Directory
from conformance.probes.phone.lines import Lines
from conformance.probes.phone.pace import Pace
from conformance.probes.phone.plans import PLANS
from conformance.probes.vantage.output import EVERY_NS, Output
from topologies.voice.loop import LOOP

STDIN = 0
PREFERRED = -15
"""The measure runs before what is measured."""
NS_PER_S = 1e9
REGISTRARS_S = 2.5
"""How long the first call waits for the registrars, without which nobody can call back."""
LAST_WORDS_S = 0.05
"""How long we stay when everything has ended: the others may still have something to say."""
LEAVE_S = 1.0
"""How long ending may take beyond the deadlines of what is under way."""


class Phone:
    """The probe at work. `run` returns when everything that was begun has its end in the history."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings
        self._output = Output()
        self._lines = Lines(self._output, settings["probe"], settings["vantage"])
        self._began_ns = time.monotonic_ns()
        self._stalled_ns = 0
        self._ending = False
        self._desk = Desk(settings, self._lines, settings["address"] or _own_address(settings))
        self._plan = PLANS[settings["plan"]]
        self._pace = Pace(
            self._start,
            interval_ns=settings["interval_ns"],
            max_ns=settings["max_ns"],
            max_operations=settings["max_operations"],
            at_limit=self._end,
        )

    def run(self) -> None:
        """Work until told to end, then end what is under way."""
        self._announce()
        LOOP.tell_oversleeping(self._note_stall)
        LOOP.watch(STDIN, self._read_stdin)
        self._flush()
        self._desk.register()
        self._begin_when_registered()
        gc.collect()
        gc.freeze()  # the modules are here to stay
        LOOP.run()
        self._desk.give_up()
        self._report()
        self._output.drain(time.monotonic_ns())

    def _start(self, slot: int, intended_ns: int) -> bool:
        if len(self._desk.under_way) >= self._settings["max_under_way"]:
            return False
        self._plan(self._desk, slot, intended_ns)
        return True

    def _stop_soon(self) -> None:
        LOOP.later(LAST_WORDS_S, LOOP.stop)

    def _begin_when_registered(self) -> None:
        waited_ns = time.monotonic_ns() - self._began_ns
        if self._desk.has_heard_from_registrars() or waited_ns > REGISTRARS_S * NS_PER_S:
            self._pace.begin()
        else:
            LOOP.later(0.01, self._begin_when_registered)

    def _read_stdin(self) -> None:
        if not os.read(STDIN, 4096):
            LOOP.forget(STDIN)
            self._end()

    def _end(self) -> None:
        if self._ending:
            return
        self._ending = True
        self._lines.write("ending")
        self._pace.stop()
        self._desk.leave(self._stop_soon)
        longest_ns = self._settings["answer_within_ns"] + self._settings["end_within_ns"]
        LOOP.later(longest_ns / NS_PER_S + LEAVE_S, LOOP.stop)

    def _flush(self) -> None:
        self._output.flush(time.monotonic_ns())
        LOOP.later(EVERY_NS / NS_PER_S, self._flush)

    def _note_stall(self, woke_ns: int, late_ns: int) -> None:
        self._stalled_ns += late_ns
        self._lines.write("stall", woke_ns, core=None, late_ms=round(late_ns / 1e6, 3))

    def _announce(self) -> None:
        settings = self._settings
        first = settings["targets"][0]
        address = self._desk.directory.address(first)
        self._lines.write(
            "probe",
            self._began_ns,
            target=first,
            targets=settings["targets"],
            scheme="sip",
            port=settings["port"],
            address=address and address[0],
            own_address=self._desk.agent.address,
            plan=settings["plan"],
            interval_ms=settings["interval_ns"] / 1e6,
            hold_ms=settings["hold_ns"] / 1e6,
            deadline_ms=settings["answer_within_ns"] / 1e6,
            vantage=settings["vantage"],
        )

    def _report(self) -> None:
        """Say what the probe itself cost, so that a report can tell whether it was in its own way."""
        value = {
            "probe": self._settings["probe"],
            "operations": self._pace.operations,
            "skipped": self._pace.skipped,
            "wall_s": (time.monotonic_ns() - self._began_ns) / NS_PER_S,
            "cpu_s": time.process_time(),
            "stalled_s": self._stalled_ns / NS_PER_S,
            "speech_late_ms": self._desk.streams.late_ns / 1e6,
            "troubles": LOOP.troubles,
        }
        self._lines.observed("probe cost", self._settings["vantage"], value)


def _own_address(settings: dict[str, Any]) -> str:
    """Return the address from which datagrams to the first target are sent.

    Raises:
        SystemExit: there is no way to it.
    """
    target = settings["targets"][0]
    address = Directory(settings["names"]).address(target)
    if address is None:
        raise SystemExit(f"nobody knows {target!r}, so the phone has no address: name one")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
        try:
            trial.connect(address)
        except OSError as error:
            raise SystemExit(f"there is no way to {target} at {address[0]}: {error.strerror}") from None
        return str(trial.getsockname()[0])


def main(settings: dict[str, Any]) -> None:
    """Run the probe that *settings* describe until stdin is closed."""
    sys.stdout = sys.stderr  # sippy prints its complaints; the history has descriptor 1 to itself
    with contextlib.suppress(PermissionError):  # a container may not: then it is as late as everybody else
        os.setpriority(os.PRIO_PROCESS, 0, PREFERRED)
    Phone(settings).run()
