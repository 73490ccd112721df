"""A haproxy.cfg is read as HAProxy reads it."""

import pytest

from conformance.norms.haproxy import parse
from conformance.norms.haproxy_proxies import time_s
from conformance.norms.haproxy_syntax import split_line
from topologies.errors import UsageError

CONFIG = """
global
    spread-checks 10
    stats socket /run/haproxy/admin.sock mode 660 level admin
    stats socket ipv4@127.0.0.1:9999

defaults slow   # a named one
    timeout connect 5s
    timeout check   1s
    option redispatch
    default-server inter 2s

defaults fast from slow
    timeout connect 100ms
    no option redispatch
    default-server check inter 250 fall 2

frontend users
    bind 198.18.1.100:80
    bind "198.18.1.100:443" ssl crt '/etc/jtel/tls/server.pem'
    default_backend web

backend web
    option httpchk GET /health
    option redispatch 1
    retries 2
    default-server fastinter 100ms rise 4
    server web1 web1:8080 cookie web1 weight 3
    server web2 198.18.2.22:8080 inter 1s no-check disabled

backend old from slow
    server web1 web1:8080 check port 9100
    server spare web3

listen statistics from fast
    bind "${INSIDE}:8404"
    http-request auth unless { http_auth(administrators) }
    stats enable
"""


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("250", 0.25), ("500us", 0.0005), ("3s", 3.0), ("2m", 120.0), ("1h", 3600.0), ("1d", 86400.0)],
)
def test_times_have_units(text: str, seconds: float) -> None:
    """Without a unit a time is in milliseconds."""
    assert time_s(text) == pytest.approx(seconds)


def test_what_is_no_time_is_told() -> None:
    """The sentence says what a time looks like."""
    with pytest.raises(UsageError, match="'soon' is not a time; write a number and one of us, ms"):
        time_s("soon")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("server a b:1 # comment", ("server", "a", "b:1")),
        ("log-format %ci\\ %B", ("log-format", "%ci %B")),
        ("path 'a # b \\n' x", ("path", "a # b \\n", "x")),
        ('path "a \\" $HOME" ""', ("path", 'a " $HOME', "")),
        ("maxconn \\", ("maxconn", "\\")),
        ("   # nothing", ()),
        ("a \\x41b\\#", ("a", "Ab#")),
    ],
)
def test_words_and_quotes(line: str, words: tuple[str, ...]) -> None:
    """Quotes, escapes, comments; variables are left as they are; no continuation of lines."""
    assert split_line(line, line=1) == words


def test_a_server_has_what_its_defaults_say() -> None:
    """default-server of the defaults, then of the backend, then the line itself."""
    web = parse(CONFIG).proxy("web")
    first, second = web.servers["web1"], web.servers["web2"]
    assert (first.inter_s, first.fastinter_s, first.downinter_s) == (0.25, 0.1, 0.25)
    assert (first.fall, first.rise, first.weight, first.port) == (2, 4, 3, "8080")
    assert first.is_checked
    assert second.inter_s == 1.0
    assert not second.is_checked
    assert "disabled" in second.options


def test_a_backend_inherits_from_the_latest_or_the_named_defaults() -> None:
    """`from` names the defaults; without it the latest one counts, which may itself inherit."""
    config = parse(CONFIG)
    web, old = config.proxy("web"), config.proxy("old")
    assert (web.timeout_s("connect"), web.timeout_s("check"), web.timeout_s("server")) == (0.1, 1.0, None)
    assert (old.timeout_s("connect"), old.timeout_s("check")) == (5.0, 1.0)
    assert (web.option("redispatch"), old.option("redispatch")) == (("1",), ())
    assert config.proxy("statistics").option("redispatch") is None
    assert web.check_wants_an_answer
    assert not old.check_wants_an_answer


def test_ways_to_manage_it_are_found() -> None:
    """Control sockets, certificates, statistics pages and whether these want credentials."""
    config = parse(CONFIG)
    sockets = [(s.address, s.mode, s.level) for s in config.control_sockets]
    assert sockets == [("/run/haproxy/admin.sock", "660", "admin"), ("ipv4@127.0.0.1:9999", None, "operator")]
    assert config.certificates == ("/etc/jtel/tls/server.pem",)
    (page,) = config.stats_pages
    assert (page.proxy, page.binds, page.wants_credentials) == ("statistics", ("${INSIDE}:8404",), True)


def test_a_tcp_check_that_expects_something_wants_an_answer() -> None:
    """Connecting alone proves only that the kernel lives."""
    text = "backend b\n option tcp-check\n{}\n server a a:1 check\n"
    assert not parse(text.format("")).proxy("b").check_wants_an_answer
    assert parse(text.format(" tcp-check expect string +PONG")).proxy("b").check_wants_an_answer


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("maxconn 5", "line 1: 'maxconn 5' stands before the first section"),
        ("backend b\n server a 'x", "line 2: the quote ' is not closed"),
        ("backend b from nowhere", "inherits from defaults 'nowhere'"),
        ("global\n.if defined(X)", "line 2: .if makes the configuration depend on the machine"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(text: str, told: str) -> None:
    """One sentence with the line."""
    with pytest.raises(UsageError, match=told):
        parse(text)


def test_unknown_names_are_told_with_the_known_ones() -> None:
    """A backend or server that is not there."""
    config = parse(CONFIG)
    with pytest.raises(UsageError, match=r"no backend 'users'; there are \['old', 'statistics', 'web'\]"):
        config.proxy("users")
    with pytest.raises(UsageError, match=r"no server 'web9'; there are \['spare', 'web1', 'web2'\]"):
        config.serving("web9")
    with pytest.raises(UsageError, match="a server needs a name and an address"):
        _ = parse("backend b\n server a").proxy("b").servers
    with pytest.raises(UsageError, match="'inter' has no value"):
        _ = parse("backend b\n server a a:1 inter").proxy("b").servers
