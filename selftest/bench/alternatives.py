"""The obvious alternatives to the probe, for comparison: a polling httpx client, and asyncio streams.

    python -m selftest.bench.alternatives poll|stream PORT SECONDS INTERVAL_MS

Each prints one JSON line: its operations as [start_ns, end_ns, ok], and the processor time that it used.
"""

import asyncio
import json
import sys
import threading
import time

import httpx

DEADLINE_S = 0.5
Operations = list[tuple[int, int, bool]]


def poll(port: int, seconds: float, interval_s: float) -> Operations:
    """Ask, wait for the answer, pause, ask again: the closed loop that most scripts use."""
    operations: Operations = []
    pause = threading.Event()
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        start_ns = time.monotonic_ns()
        try:
            # a client per request, as new users are
            with httpx.Client(timeout=DEADLINE_S, trust_env=False) as client:
                ok = client.get(f"http://127.0.0.1:{port}/").is_success
        except httpx.HTTPError:
            ok = False
        operations.append((start_ns, time.monotonic_ns(), ok))
        pause.wait(interval_s)
    return operations


async def _one(port: int, operations: Operations) -> None:
    start_ns = time.monotonic_ns()
    ok = False
    try:
        async with asyncio.timeout(DEADLINE_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
            ok = (await reader.read()).startswith(b"HTTP/1.1 200")
            writer.close()
    except OSError:
        ok = False
    operations.append((start_ns, time.monotonic_ns(), ok))


async def stream(port: int, seconds: float, interval_s: float) -> Operations:
    """Do what the probe does, with asyncio streams: an open loop, a new connection each time."""
    operations: Operations = []
    began_s = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for number in range(int(seconds / interval_s)):
            await asyncio.sleep(max(0.0, began_s + number * interval_s - time.monotonic()))
            group.create_task(_one(port, operations))
    return operations


def main() -> None:
    """Run one of them."""
    port, seconds, interval_s = int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4]) / 1000
    began_cpu_s, began_s = time.process_time(), time.monotonic()
    if sys.argv[1] == "poll":
        operations = poll(port, seconds, interval_s)
    else:
        operations = asyncio.run(stream(port, seconds, interval_s))
    used = {"cpu_s": time.process_time() - began_cpu_s, "wall_s": time.monotonic() - began_s}
    sys.stdout.write(json.dumps({"operations": operations, **used}) + "\n")


if __name__ == "__main__":
    main()
