"""`svg(topology)`: the picture of a topology, in the manner of the documentation."""

from topologies.drawing.picture import svg

__all__ = ["svg"]
