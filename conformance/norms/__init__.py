"""Limits computed from the configurations as found on the nodes, each with its formula; never scaled."""
