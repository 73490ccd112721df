"""The container engine that labs run on: one that answers, or an embedded one set up for the purpose."""

from topologies.engine.connection import Engine
from topologies.engine.finding import ensure, find

__all__ = ["Engine", "ensure", "find"]
