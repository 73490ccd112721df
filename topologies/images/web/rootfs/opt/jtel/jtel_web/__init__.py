"""The stand-in for jtel's web server: who it is, its health, logins that outlive it, calls and statistics."""
