"""Raw SIP datagrams, read strictly and held against RFC 3261: no clock, no network, no SIP library.

`examination.examine` is the entry. It looks at single messages (`reading`, `syntax`, `requests`, `responses`,
`bodies`, `sdp`) and at how they belong together (`transactions`, `dialogs`, `offers`), as seen at one end
point. What is broken is a rule of `rules`.
"""
