"""The phone: the program of the SIP probes at the vantage. Its Python needs sippy, as that of the client has.

It is sent over stdin like the http probes' program, with `topologies.voice`, which it has in common with the
telephony server's stand-in.
"""
