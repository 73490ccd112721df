"""What runs at the vantage: standard library only, Python 3.9 or newer, one process per probe.

Nothing is installed there: `conformance.probes.program` sends these modules over stdin.
"""
