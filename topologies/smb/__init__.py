"""A share as a client uses it: SMB 3, signed, a file at a time, each operation until its deadline.

What speaks the protocol is smbprotocol, which is imported here and nowhere else. The stand-ins and the probes
share these modules: images get them from here, and a vantage over stdin.
"""
