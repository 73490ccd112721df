"""Servers on loopback that do as they are told, for tests of the probes without a lab."""
