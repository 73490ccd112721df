"""Where HAProxy leads the sessions of a proxy, as configured: who is first, who is next, who keeps them.

Servers that are no backups share the sessions. Only once none of them is left do the backups get them: the
first one that is usable, or with `option allbackups` all of them.
"""

from collections.abc import Collection

from conformance.norms.haproxy import Configuration

RETRIES = 3
"""What HAProxy takes for `retries` where nothing is said."""
LAST_RETRY = ("-1",)
"""What it takes for the interval of `option redispatch`: -N means the N-th retry from the end."""


def order(config: Configuration, proxy: str) -> list[str]:
    """Return the servers of *proxy* in the order in which they get its sessions.

    Raises:
        UsageError: there is no such proxy.
    """
    servers = [
        server
        for server in config.proxy(proxy).servers.values()
        if "disabled" not in server.options and server.weight
    ]
    return [server.name for server in sorted(servers, key=lambda server: server.is_backup)]


def in_service(
    config: Configuration, proxy: str, usable: Collection[str], *, holder: str | None = None
) -> list[str]:
    """Return who gets new sessions of *proxy* while exactly the servers *usable* are up.

    holder: who had the sessions so far; where sessions stick, it keeps them as long as it is usable.

    Raises:
        UsageError: there is no such proxy.
    """
    if holder in usable and holder is not None and sticks(config, proxy):
        return [holder]
    servers = config.proxy(proxy).servers
    left = [name for name in order(config, proxy) if name in usable]
    first = [name for name in left if not servers[name].is_backup]
    if first or config.proxy(proxy).option("allbackups") is not None:
        return first or left
    return left[:1]


def sticks(config: Configuration, proxy: str) -> bool:
    """Tell whether a new session goes where an earlier one with the same key went."""
    return any(config.proxy(proxy).values("stick", how) for how in ("on", "match"))


def redispatches(config: Configuration, proxy: str) -> bool:
    """Tell whether a session whose server does not take it may be led to another one."""
    return config.proxy(proxy).option("redispatch") not in {None, ("0",)}


def attempts(config: Configuration, proxy: str) -> int:
    """Return how often a session is tried at one server before it is led elsewhere, or given up."""
    here = config.proxy(proxy)
    told = here.values("retries")
    tries = (int(told[-1][0]) if told else RETRIES) + 1
    if not redispatches(config, proxy):
        return tries
    every = int((here.option("redispatch") or LAST_RETRY)[0])
    return max(1, min(every, tries) if every > 0 else tries + every)


def ends_sessions(config: Configuration, proxy: str, server: str) -> bool:
    """Tell whether the sessions of *server* are ended when it is marked down."""
    found = config.proxy(proxy).servers[server]
    return found.options.get("on-marked-down") == "shutdown-sessions"
