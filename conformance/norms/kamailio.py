"""A kamailio.cfg and dispatcher.list as found on a PBX or SIP proxy: timers, probes, the fate of a call.

Defaults and roundings are those of Kamailio 6.0 (modules tm and dispatcher).
"""

import dataclasses
import re
from collections.abc import Mapping

from conformance.norms.kamailio_destinations import DISABLED, Destination, parse_destinations
from conformance.norms.kamailio_syntax import Route, Script, parse_script
from topologies.errors import UsageError

TICK_S = 1 / 16
"""Kamailio's timers run on ticks: a timeout is rounded up to whole ones, and may end within the last."""

SELECTING = ("ds_select_dst", "ds_select_domain", "ds_select", "ds_select_routes")
NEXT = ("ds_next_dst", "ds_next_domain")
_FAILOVER = 2  # of the dispatcher's flags
_TIMEOUTS = ("t_branch_timeout", "t_any_timeout")
_DEFAULTS_MS = {
    "fr_timer": 30_000,
    "fr_inv_timer": 120_000,
    "retr_timer1": 500,
    "retr_timer2": 4_000,
    "max_inv_lifetime": 180_000,
    "max_noninv_lifetime": 32_000,
}
_TIMEOUT_CODE = 408


@dataclasses.dataclass(frozen=True)
class Configuration:
    """A whole kamailio.cfg with its dispatcher.list."""

    script: Script
    destinations: tuple[Destination, ...] = ()

    def parameter(self, module: str, name: str, default: str) -> str:
        """Return a parameter of a module; of several `modparam` lines the last one counts."""
        found = [given.value for given in self.script.parameters if given.is_of(module, name)]
        return found[-1] if found else default

    def number(self, module: str, name: str, default: int) -> int:
        """Return a parameter that is a number.

        Raises:
            UsageError: it is none.
        """
        written = self.parameter(module, name, str(default))
        if not re.fullmatch(r"-?\d+", written):
            raise UsageError(f"kamailio.cfg: {name} of {module} is {written!r}, which is not a number")
        return int(written)

    def timer_s(self, name: str) -> float:
        """Return a timer of tm, such as fr_timer, as it is configured."""
        return self.number("tm", name, _DEFAULTS_MS[name]) / 1000

    def destination(self, server: str) -> Destination:
        """Return the destination of this name or address.

        Raises:
            UsageError: there is none.
        """
        for destination in self.destinations:
            if server in {destination.name, destination.host}:
                return destination
        known = [destination.name for destination in self.destinations]
        raise UsageError(f"dispatcher.list: no destination {server!r}; there are {known}")

    @property
    def probe_interval_s(self) -> int:
        """Return the pause between two rounds of probes; 0: there are none."""
        return self.number("dispatcher", "ds_ping_interval", 0)

    @property
    def probing_mode(self) -> int:
        """Return who is probed: 0 and 3 those marked so (0: once), 1 all, 2 those out of service."""
        return self.number("dispatcher", "ds_probing_mode", 0)

    @property
    def fall(self) -> int:
        """Return how many probes in a row without a good answer take a destination out of service."""
        return max(1, self.number("dispatcher", "ds_probing_threshold", 1))

    @property
    def rise(self) -> int:
        """Return how many good answers in a row bring it back."""
        return max(1, self.number("dispatcher", "ds_inactive_threshold", 1))

    @property
    def silence_passes(self) -> bool:
        """Tell whether a probe without an answer counts as answered: silence ends with a 408 of its own."""
        accepted = self.parameter("dispatcher", "ds_ping_reply_codes", "")
        pairs = (part.partition("=") for part in accepted.split(";"))
        silent = {("class", str(_TIMEOUT_CODE // 100)), ("code", str(_TIMEOUT_CODE))}
        return any((kind.strip(), value.strip()) in silent for kind, _, value in pairs)

    def others_than(self, destination: Destination) -> tuple[Destination, ...]:
        """Return to where else a call to a destination may go."""
        mine = (other for other in self.destinations if other.set_id == destination.set_id)
        return tuple(other for other in mine if other != destination and not other.flags & DISABLED)

    def on_the_way_to(self, set_id: int) -> tuple[Route, ...]:
        """Return the routes that choose a destination of a set, that lead there, or that follow."""
        choosing = [
            route
            for route in self.script.routes
            if route.kind != "failure_route"
            and any(_may_be(call.arguments[:1], set_id) for call in route.calling(*SELECTING))
        ]
        return tuple(
            route
            for route in self.script.routes
            if any(
                route is chooser or self._leads(route, chooser) or self._leads(chooser, route)
                for chooser in choosing
            )
        )

    def _leads(self, one: Route, other: Route) -> bool:
        """Tell whether a route calls another one, itself or by further ones."""
        named = {route.name: route for route in self.script.routes if route.kind == "route" and route.name}
        waiting, seen = [one], {one.name}
        while waiting:
            for call in waiting.pop().calling("route"):
                called = named.get(call.arguments[0]) if call.arguments else None
                if called is other:
                    return True
                if called and called.name not in seen:
                    seen.add(called.name)
                    waiting.append(called)
        return False

    def patience_s(self, name: str, set_id: int) -> float:
        """Return fr_timer or fr_inv_timer of a call to a set; `t_set_fr` on its way counts.

        Raises:
            UsageError: it is set to what only a call knows.
        """
        seconds = self.timer_s(name)
        place = ("fr_inv_timer", "fr_timer").index(name)
        for call in (call for route in self.on_the_way_to(set_id) for call in route.calling("t_set_fr")):
            given = call.arguments[place] if place < len(call.arguments) else "0"
            if not given.isdecimal():
                raise UsageError(f"kamailio.cfg line {call.line}: t_set_fr with {given!r} has no one value")
            seconds = int(given) / 1000 or seconds
        return seconds

    def rescues(self, set_id: int) -> tuple[Route, ...]:
        """Return the failure routes that are armed for calls to a set and send them elsewhere."""
        armed = {
            call.arguments[0]
            for route in self.on_the_way_to(set_id)
            for call in route.calling("t_on_failure")
            if call.arguments
        }
        functions = (*SELECTING, *NEXT) if self.number("dispatcher", "flags", 0) & _FAILOVER else SELECTING
        return tuple(
            route
            for route in self.script.routes
            if route.kind == "failure_route" and route.name in armed and route.calling(*functions)
        )

    def rescues_from(self, code: int, set_id: int) -> bool:
        """Tell whether a call that ends with this code goes to another destination; 408: no answer in time.

        It reads what the failure route tests, and does not run it: a route that tests nothing rescues always.
        """
        return any(_tests(route, code) for route in self.rescues(set_id))

    @property
    def marks(self) -> tuple[str, ...]:
        """Return the states into which a failure route puts a destination whose call failed, such as `ip`."""
        return tuple(
            (call.arguments[0] if call.arguments else "i").lower()
            for route in self.script.routes
            if route.kind == "failure_route"
            for call in route.calling("ds_mark_dst")
        )


def parse(
    text: str,
    destinations: str = "",
    *,
    defined: Mapping[str, str] | None = None,
    files: Mapping[str, str] | None = None,
) -> Configuration:
    """Read a kamailio.cfg and a dispatcher.list.

    defined: what is defined on the command line; files: texts of included files by the name given to them.

    Raises:
        UsageError: it cannot be read; the message names the line.
    """
    return Configuration(parse_script(text, defined=defined, files=files), parse_destinations(destinations))


def on_ticks(seconds: float) -> float:
    """Return a timeout as Kamailio keeps it: rounded up to whole ticks."""
    return -(-round(seconds * 1000) * 16 // 1000) * TICK_S


def _may_be(arguments: tuple[str, ...], set_id: int) -> bool:
    """Tell whether a function is meant for a set; what only a call knows may be any."""
    return bool(arguments) and (not arguments[0].isdecimal() or int(arguments[0]) == set_id)


def _tests(route: Route, code: int) -> bool:
    patterns = [call.arguments[0] for call in route.calling("t_check_status") if call.arguments]
    timeouts = route.calling(*_TIMEOUTS)
    if code == _TIMEOUT_CODE and timeouts:
        return True
    return any(re.search(pattern, str(code)) for pattern in patterns) or not (patterns or timeouts)
