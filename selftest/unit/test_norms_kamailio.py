"""A kamailio.cfg is read as Kamailio reads it."""

import pytest

from conformance.norms.kamailio import Configuration, on_ticks, parse
from conformance.norms.kamailio_syntax import parse_script
from topologies.errors import UsageError

CONFIG = r"""#!KAMAILIO
# the PBX; it is not "redundant"
#!define PATIENCE 500
#!define WITH_PROBES
#!substdef "!HERE!198.18.3.61!g"
/* modparam("tm", "fr_timer", 1)
   is an old one */
children=1
listen=udp:198.18.3.61:5060
loadmodule "tm.so"
loadmodule "modules/dispatcher"
modparam("tm", "fr_timer", 9000)
modparam("tm|sl", "fr_timer", PATIENCE) // ms
modparam("dispatcher", "ds_ping_from", "sip:pbx1@HERE")
modparam("dispatcher", "list_file", "/etc/" "kamailio/dispatcher.list")
#!ifdef WITH_PROBES
modparam("dispatcher", "ds_ping_interval", 1)
#!else
modparam("dispatcher", "ds_ping_interval", 60)
#!endif
#!ifndef WITH_PROBES
modparam("dispatcher", "ds_probing_mode", 2)
#!endif
request_route {
    if (is_method("INVITE") && $rU =~ "^100$") { route(HOTLINE); }
    $ru = $(ru{re.subst,/;transport=[a-z]*//g});
}
route[HOTLINE] {
    t_set_fr("3000", "700");
    if (!ds_select_domain("1", "4")) { send_reply("503", "None, really"); exit; }
    t_on_failure("NEXT");
    t_relay();
}
failure_route[NEXT] {
    ds_mark_dst("ip");
    if (ds_next_domain()) { t_relay(); }
}
event_route[dispatcher:dst-down] { xlog("$ru is down\n"); }
"""
LIST = """
# set, address
1 sip:198.18.3.81:5060 0 0 duid=tel1;weight=50
1 sip:198.18.3.82 8 # the other one
2 sips:gate@pbx1:5061;transport=tls 4 99
"""


def refused(text: str) -> str:
    """Return the sentence with which a kamailio.cfg is refused."""
    with pytest.raises(UsageError) as caught:
        parse(text)
    return str(caught.value)


def test_parameters() -> None:
    """The last one counts; definitions are put in, comments and untrue conditions left out."""
    config = parse(CONFIG)
    assert config.timer_s("fr_timer") == 0.5
    assert config.parameter("dispatcher", "ds_ping_from", "") == "sip:pbx1@198.18.3.61"
    assert config.parameter("dispatcher", "list_file", "") == "/etc/kamailio/dispatcher.list"
    assert (config.probe_interval_s, config.probing_mode) == (1, 0)
    assert config.script.modules == {"tm", "dispatcher"}
    assert config.script.settings["listen"] == "udp:198.18.3.61:5060"


def test_defaults() -> None:
    """Half a minute until a probe has failed, and nobody is probed."""
    config = parse("")
    assert [config.timer_s(name) for name in ("fr_timer", "fr_inv_timer")] == [30.0, 120.0]
    assert (config.probe_interval_s, config.probing_mode, config.fall, config.rise) == (0, 0, 1, 1)
    assert config.destinations == ()


def test_routes_and_what_they_call() -> None:
    """Names in brackets, calls with their arguments, wherever they stand."""
    script = parse_script(CONFIG)
    assert [(route.kind, route.name) for route in script.routes] == [
        ("request_route", ""),
        ("route", "HOTLINE"),
        ("failure_route", "NEXT"),
        ("event_route", "dispatcher:dst-down"),
    ]
    hotline = script.routes[1]
    assert [call.arguments for call in hotline.calling("t_set_fr", "send_reply")] == [
        ("3000", "700"),
        ("503", "None, really"),
    ]


def test_the_patience_of_a_call_is_set_on_its_way() -> None:
    """`t_set_fr` counts for the set that is chosen there, and 0 changes nothing."""
    config = parse(CONFIG)
    assert (config.patience_s("fr_timer", 1), config.patience_s("fr_timer", 2)) == (0.7, 0.5)
    assert (config.patience_s("fr_inv_timer", 1), config.patience_s("fr_inv_timer", 2)) == (3.0, 120.0)
    assert parse(CONFIG.replace('"700"', '"0"')).patience_s("fr_timer", 1) == 0.5


def test_destinations() -> None:
    """A duid is a name; flags and priority may be left out."""
    one, other, pbx = parse("", LIST).destinations
    assert (one.name, one.host, one.set_id, one.attributes["weight"]) == ("tel1", "198.18.3.81", 1, "50")
    assert (other.name, other.flags, other.priority) == ("198.18.3.82", 8, 0)
    assert (pbx.host, pbx.flags, pbx.priority) == ("pbx1", 4, 99)
    assert parse("", LIST).others_than(one) == (other,)
    with pytest.raises(UsageError, match=r"no destination 'tel9'; there are \['tel1', "):
        parse("", LIST).destination("tel9")
    with pytest.raises(UsageError, match=r"dispatcher.list line 2: not of the form"):
        parse("", "\nsip:198.18.3.81 1\n")


def rescued(config: Configuration, set_id: int = 1) -> tuple[bool, bool, bool]:
    return (
        config.rescues_from(408, set_id),
        config.rescues_from(503, set_id),
        config.rescues_from(486, set_id),
    )


@pytest.mark.parametrize(
    ("tested", "rescues"),
    [
        ("", (True, True, True)),
        ("if (t_branch_timeout())", (True, False, False)),
        ('if (t_check_status("(408)|(5[0-9][0-9])"))', (True, True, False)),
        ('if (t_branch_timeout() || t_check_status("5.."))', (True, True, False)),
        ('if (t_check_status("486"))', (False, False, True)),
    ],
)
def test_what_a_failure_route_rescues_from(tested: str, rescues: tuple[bool, bool, bool]) -> None:
    """408 is silence; a route that tests nothing takes every answer as a reason."""
    text = CONFIG.replace("if (ds_next_domain())", f"{tested} if (ds_next_domain())")
    flags = 'modparam("dispatcher", "flags", 2)\n'
    assert rescued(parse(text + flags)) == rescues
    assert rescued(parse(text)) == (False, False, False), "without flag 2 there is no next destination"
    assert rescued(parse(text + flags), set_id=2) == (False, False, False), "armed for set 1 alone"


def test_a_failure_route_that_nobody_arms_rescues_nothing() -> None:
    """It is there, but no call is led to it."""
    text = CONFIG.replace('t_on_failure("NEXT");', "") + 'modparam("dispatcher", "flags", 2)'
    assert rescued(parse(text)) == (False, False, False)


def test_it_may_be_armed_where_the_call_is_relayed() -> None:
    """Routes that the choosing one calls, and those that call it, belong to the way of a call."""
    text = CONFIG.replace('t_on_failure("NEXT");', "route(RELAY);") + 'modparam("dispatcher", "flags", 2)\n'
    assert rescued(parse(text + 'route[RELAY] { t_on_failure("NEXT"); t_relay(); }'))[0]
    early = CONFIG.replace('t_on_failure("NEXT");', "").replace(
        "route(HOTLINE)", 't_on_failure("NEXT"); route(HOTLINE)'
    )
    assert rescued(parse(early + 'modparam("dispatcher", "flags", 2)\n'))[0]


def test_marks() -> None:
    """Without an argument a destination is marked inactive."""
    assert parse(CONFIG).marks == ("ip",)
    assert parse(CONFIG.replace('ds_mark_dst("ip")', "ds_mark_dst()")).marks == ("i",)


@pytest.mark.parametrize(
    ("codes", "passes"), [("", False), ("class=2;code=403", False), ("class=4", True), ("code=408", True)]
)
def test_silence_may_pass_for_an_answer(codes: str, passes: object) -> None:
    """A probe without an answer ends with a 408 of Kamailio's own."""
    text = f'modparam("dispatcher", "ds_ping_reply_codes", "{codes}")'
    assert parse(text).silence_passes is passes


def test_definitions_of_the_command_line_and_included_files() -> None:
    """`-A`, include_file and import_file; a file to import may be absent."""
    text = '#!ifdef SLOW\n#!include_file "slow.cfg"\n#!endif\nimport_file "local.cfg"\n'
    slow = {"slow.cfg": 'modparam("tm", "fr_timer", LIMIT)'}
    assert parse(text, defined={"SLOW": "", "LIMIT": "7000"}, files=slow).timer_s("fr_timer") == 7.0
    assert parse(text, files=slow).timer_s("fr_timer") == 30.0
    with pytest.raises(UsageError, match=r"line 2: it includes 'slow.cfg', which was not read"):
        parse(text, defined={"SLOW": ""})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('modparam("tm", "fr_timer", FOREVER)', "fr_timer of tm is 'FOREVER', which is not a number"),
        ('modparam("tm", "fr_timer")', "line 1: a modparam has a module, a name and a value"),
        ("\nrequest_route { exit;", "line 2: the { that opens here is not closed"),
        ("request_route exit;", "line 1: a bracket is missing before 'exit'"),
        ("#!ifdef X\n", "line 1: this condition has no #!endif"),
        ("\n#!endif", "line 2: #!endif without a condition before it"),
        ('a = "x', 'line 1: the quote " is not closed'),
        ("#!ifexp X == 1\n#!endif", "line 1: #!ifexp makes the configuration depend on the machine"),
        ('#!subst "/a/b"', "line 1: #!subst '/a/b' is not of the form /pattern/replacement/flags"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(text: str, told: str) -> None:
    """One sentence."""
    if "FOREVER" in text:
        with pytest.raises(UsageError, match=told):
            parse(text).timer_s("fr_timer")
    else:
        assert told in refused(text)


def test_a_patience_that_only_a_call_knows() -> None:
    """No norm follows from it."""
    with pytest.raises(UsageError, match=r"line \d+: t_set_fr with '\$avp\(fr\)' has no one value"):
        parse(CONFIG.replace('"700"', "$avp(fr)")).patience_s("fr_timer", 1)


@pytest.mark.parametrize(
    ("seconds", "kept"), [(0.5, 0.5), (0.51, 0.5625), (0.001, 0.0625), (2.0, 2.0), (30.0, 30.0)]
)
def test_timeouts_are_rounded_up_to_ticks(seconds: float, kept: float) -> None:
    """Sixteen a second."""
    assert on_ticks(seconds) == kept
