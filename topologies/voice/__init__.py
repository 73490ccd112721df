"""What a telephony server and a phone have in common: SIP by sippy, and RTP. Nothing else imports sippy."""

import topologies.voice.waiting  # noqa: F401 -- before any module here imports sippy, of which it replaces a part
