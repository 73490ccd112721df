"""The stand-in for jtel's telephony server: registrations, calls of the hotline, calls back, call records."""
