"""The container engine that labs run on: one that answers, or an embedded one set up for the purpose."""

from topologies.engine.connection import Engine
from topologies.engine.finding import ensure, find
from topologies.engine.set_up import SetUp, clean, setup
from topologies.engine.stock import stock_engine

__all__ = ["Engine", "SetUp", "clean", "ensure", "find", "setup", "stock_engine"]
