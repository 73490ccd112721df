"""The rules that datagrams are held against, each with its section."""

from typing import Final, NamedTuple

SIP: Final = "RFC 3261"
SDP: Final = "RFC 8866"
OFFERS: Final = "RFC 3264"


class Rule(NamedTuple):
    """A sentence of a standard that a message can be shown to break."""

    name: str
    standard: str
    section: str
    demands: str

    @property
    def source(self) -> str:
        """Where it says so, such as `RFC 3261, 8.1.1.7`."""
        return f"{self.standard}, {self.section}"


# The form of a message.
CHARSET = Rule("charset", SIP, "7", "start line and header fields are UTF-8 text")
LINE_ENDS = Rule("line ends", SIP, "7", "the start line and every header line end with CRLF")
EMPTY_LINE = Rule("empty line", SIP, "7", "an empty line ends the header, even where no body follows")
REQUEST_LINE = Rule("request line", SIP, "7.1", "method, Request-URI and version, with one space in between")
VERSION = Rule("version", SIP, "7.1", "the version is sent as SIP/2.0")
STATUS_LINE = Rule("status line", SIP, "7.2", "version, three digits from 100 to 699, and a reason phrase")
HEADER_LINE = Rule("header line", SIP, "7.3.1", "a header line is a token, a colon and a value of text")
FOLDING = Rule("folding", SIP, "7.3.1", "a line that begins with a space continues a header field")
REPEATED = Rule("repeated header", SIP, "7.3.1", "only header fields that are lists may be repeated")
REPEATED_PARAMETER = Rule("repeated parameter", SIP, "7.3.1", "a parameter name appears once in a value")

# The syntax of header fields.
URI = Rule("URI", SIP, "19.1.1", "a SIP URI has the form sip:user@host:port;parameters")
REQUEST_URI = Rule("Request-URI", SIP, "19.1.1", "a Request-URI has no header fields and no method parameter")
BRACKETS = Rule("angle brackets", SIP, "20", "a URI with a comma, semicolon or question mark stands in < >")
CREDENTIALS = Rule("credentials", SIP, "20.7", "digest credentials are complete and well-formed")
CALL_ID = Rule("Call-ID", SIP, "20.8", "a word, or two with @ in between")
CONTACT = Rule("Contact", SIP, "20.10", "a list of addresses with parameters, or an asterisk")
CONTENT_LENGTH = Rule("Content-Length", SIP, "20.14", "the number of octets of the body, in digits")
CONTENT_TYPE = Rule("Content-Type", SIP, "20.15", "a media type; mandatory where there is a body")
CSEQ = Rule("CSeq", SIP, "20.16", "a sequence number and a method")
FROM = Rule("From", SIP, "20.20", "an address with parameters")
MAX_FORWARDS = Rule("Max-Forwards", SIP, "20.22", "an integer from 0 to 255")
RECORD_ROUTE = Rule("Record-Route", SIP, "20.30", "a list of addresses in < >")
ROUTE = Rule("Route", SIP, "20.34", "a list of addresses in < >")
TO = Rule("To", SIP, "20.39", "an address with parameters")
VIA = Rule("Via", SIP, "20.42", "protocol, transport, sent-by and parameters")
CHALLENGE = Rule("challenge", SIP, "20.44", "a digest challenge has a realm and a nonce")
OTHER_FIELD = Rule("header field", SIP, "25.1", "a header field has the syntax of its name")

# What requests contain.
REQUEST_FIELDS = Rule("fields of a request", SIP, "8.1.1", "To, From, CSeq, Call-ID, Max-Forwards and Via")
TO_TAG_OUTSIDE = Rule("To tag outside", SIP, "8.1.1.2", "a request outside a dialog has no To tag")
FROM_TAG = Rule("From tag", SIP, "8.1.1.3", "the From of a request has a tag")
CSEQ_NUMBER = Rule("CSeq number", SIP, "8.1.1.5", "the sequence number is less than 2^31")
CSEQ_METHOD = Rule("CSeq method", SIP, "8.1.1.5", "the method of the CSeq is that of the request")
BRANCH = Rule("branch", SIP, "8.1.1.7", "every Via has a branch that begins with z9hG4bK")
BRANCH_UNIQUE = Rule("unique branch", SIP, "8.1.1.7", "no two requests have the same branch")
INVITE_CONTACT = Rule("Contact of INVITE", SIP, "8.1.1.8", "an INVITE has exactly one Contact, a SIP URI")
NO_REQUIRE = Rule("Require in CANCEL", SIP, "8.2.2.3", "a CANCEL has no Require and no Proxy-Require")
REGISTER_URI = Rule("URI of REGISTER", SIP, "10.2", "the Request-URI of a REGISTER has no user")
REGISTER_CSEQ = Rule("CSeq of REGISTER", SIP, "10.2", "it grows with each REGISTER of the same Call-ID")
LONE_STAR = Rule("Contact *", SIP, "10.2.2", "an asterisk stands alone, in a REGISTER that expires at 0")
BYE_TAG = Rule("BYE in a dialog", SIP, "15.1.1", "a BYE belongs to a dialog, so its To has a tag")
LOOSE_ROUTE = Rule("lr of Record-Route", SIP, "16.6", "the URI of a Record-Route has the parameter lr")

# What responses contain.
RESPONSE_FIELDS = Rule("fields of a response", SIP, "8.2.6.2", "Via, From, To, Call-ID and CSeq")
TO_TAG = Rule("To tag", SIP, "8.2.6.2", "the To of every response but 100 has a tag")
ALLOW = Rule("Allow in 405", SIP, "8.2.1", "a 405 lists the methods that are allowed")
UNSUPPORTED = Rule("Unsupported in 420", SIP, "8.2.2.3", "a 420 lists what is not supported")
MIN_EXPIRES = Rule("Min-Expires in 423", SIP, "10.3", "a 423 tells the shortest expiry that is accepted")
BINDINGS = Rule("expires of bindings", SIP, "10.3", "every Contact in the 200 to a REGISTER tells its expiry")
DIALOG_CONTACT = Rule("Contact of a 2xx", SIP, "12.1.1", "a 2xx to INVITE has exactly one Contact, a SIP URI")
CHALLENGED = Rule("challenge in 401", SIP, "22.2", "a 401 has a WWW-Authenticate")
PROXY_CHALLENGED = Rule("challenge in 407", SIP, "22.3", "a 407 has a Proxy-Authenticate")

# Session descriptions.
SDP_LINE = Rule("line of SDP", SDP, "5", "a line is one letter, =, and a value, and ends with CRLF")
SDP_ORDER = Rule("order of SDP", SDP, "5", "v, o, s, i, u, e, p, c, b, t, r, z, k, a; then m, i, c, b, k, a")
SDP_VERSION = Rule("v=", SDP, "5.1", "the first line is v=0")
SDP_ORIGIN = Rule("o=", SDP, "5.2", "user name, session, version, network type, address type, address")
SDP_NAME = Rule("s=", SDP, "5.3", "there is one session name, and it is not empty")
SDP_CONNECTION = Rule(
    "c=", SDP, "5.7", "network type, address type and address; for the session or all media"
)
SDP_TIME = Rule("t=", SDP, "5.9", "there is a time: start and stop, in digits")
SDP_ATTRIBUTE = Rule("a=", SDP, "5.13", "an attribute is a token, or a token, a colon and a value")
SDP_MEDIA = Rule("m=", SDP, "5.14", "media, port, protocol and formats")
ANSWERED = Rule("session in a 2xx", SIP, "13.2.1", "a 2xx to INVITE has the answer, or the offer")
ANSWER_IN_ACK = Rule("answer in ACK", SIP, "13.2.1", "where the 2xx has the offer, its ACK has the answer")
ANSWER_STREAMS = Rule("streams of an answer", OFFERS, "6", "an answer has the media lines of its offer")
ANSWER_FORMATS = Rule(
    "formats of an answer", OFFERS, "6.1", "a stream is accepted with a format of its offer"
)

# Transactions.
COPIED_VIA = Rule("copied Via", SIP, "8.2.6.2", "a response has the Vias of its request, in their order")
COPIED_FROM = Rule("copied From", SIP, "8.2.6.2", "a response has the From of its request")
COPIED_TO = Rule("copied To", SIP, "8.2.6.2", "a response has the To of its request; a tag may be added")
COPIED_CALL_ID = Rule("copied Call-ID", SIP, "8.2.6.2", "a response has the Call-ID of its request")
COPIED_CSEQ = Rule("copied CSeq", SIP, "8.2.6.2", "a response has the CSeq of its request")
CANCEL_SAME = Rule(
    "CANCEL", SIP, "9.1", "it has Request-URI, Call-ID, To, From, Via and number of its request"
)
CANCEL_EARLY = Rule("CANCEL too early", SIP, "9.1", "it waits for a provisional response")
ACK_SUCCESS = Rule(
    "ACK of a 2xx", SIP, "13.2.2.4", "it is a transaction of its own, with a branch of its own"
)
ACK_CSEQ = Rule("CSeq of ACK", SIP, "13.2.2.4", "its number is that of the INVITE")
ACKNOWLEDGED = Rule("missing ACK", SIP, "13.2.2.4", "every final response to an INVITE gets an ACK")
RETRANSMISSION = Rule("retransmission", SIP, "17.1.1.2", "a request is sent again as it was")
ACK_FAILURE = Rule(
    "ACK of a failure", SIP, "17.1.1.3", "Request-URI, From, Via of the INVITE; To of the response"
)
MATCHED = Rule("stray response", SIP, "17.1.3", "a response belongs to a request that was sent")
ONE_FINAL = Rule("one final response", SIP, "17.2.1", "after a final response other than 2xx comes no other")
CREDENTIALS_CSEQ = Rule(
    "CSeq with credentials", SIP, "22.2", "the request that is sent again has a higher CSeq"
)

# Dialogs.
RECORD_ROUTE_COPIED = Rule("copied Record-Route", SIP, "12.1.1", "responses copy the Record-Route")
DIALOG_TAGS = Rule("tags in a dialog", SIP, "12.2.1.1", "a request has the tags of its dialog")
DIALOG_CALL_ID = Rule("Call-ID in a dialog", SIP, "12.2.1.1", "a request has the Call-ID of its dialog")
DIALOG_CSEQ = Rule("CSeq in a dialog", SIP, "12.2.1.1", "the sequence number grows in each direction")
DIALOG_TARGET = Rule(
    "target in a dialog", SIP, "12.2.1.1", "the Request-URI is the Contact of the other side"
)
DIALOG_ROUTE = Rule(
    "route in a dialog", SIP, "12.2.1.1", "the Route is the route set of the dialog, in order"
)
ROUTE_SPENT = Rule("own Route removed", SIP, "16.4", "a proxy takes itself out of the Route")

RULES: Final = tuple(value for value in vars().values() if isinstance(value, Rule))
