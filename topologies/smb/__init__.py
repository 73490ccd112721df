"""SMB 3.1.1 as a client speaks it: signed, NTLMv2, a file at a time (MS-SMB2, MS-NLMP).

Standard library alone, Python 3.9 or newer. The stand-ins and the probes share it: images get it from here,
and a vantage over stdin.
"""
