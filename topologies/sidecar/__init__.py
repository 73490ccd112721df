"""The agent that runs beside the nodes: standard library only, so that any image with Python 3.9 can hold it.

It runs in a container that shares the process ids of the engine's host, enters the nodes' namespaces by the
id of their init, and stamps everything with CLOCK_MONOTONIC.
"""
