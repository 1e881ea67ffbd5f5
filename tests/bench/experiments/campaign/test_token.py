"""Replay tokens of every experiment read back; those that were printed long ago read as before."""

import pytest

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.attack.link.actions import Action, LinkToken, Verb
from firmware_sim.bench.experiments.campaign.token import TokenForm
from firmware_sim.bench.experiments.sweep.case import FlashPart, Room
from firmware_sim.bench.experiments.sweep.replaying import SweepToken
from firmware_sim.bench.experiments.twin.token import TwinToken
from firmware_sim.machine.flash.cut import CutPlan, Flavour

FORM = TokenForm("a test", "+")
OPTIONAL = TokenForm("a test", "+", items_may_lack=True)

PRINTED = {
    "esme/update/anyByContingency@tiny:4:ff:full#7:prefix:1c,2:bits:ff": SweepToken(
        "esme/update/anyByContingency",
        FlashPart("tiny", 4, 0xFF),
        Room.FULL,
        (CutPlan(7, Flavour.TORN_PREFIX, 28), CutPlan(2, Flavour.TORN_BITS, 255)),
    ),
    "ESME!#sff97-3751.t0-c0fa": LinkToken(
        "ESME", (Action(Verb.SAY, 0xFF97, 0x3751), Action(Verb.TIME, 0, 0xC0FA)), careless=True
    ),
    "7/3/40#0,4-9": TwinToken(7, 3, 40, (0, 4, 5, 6, 7, 8, 9)),
    "7/3/40": TwinToken(7, 3, 40),
}
"""Tokens as earlier versions printed them, and what they stand for."""


@pytest.mark.parametrize(("text", "token"), PRINTED.items(), ids=PRINTED)
def test_token_that_was_printed_long_ago_reads_as_before(
    text: str, token: SweepToken | LinkToken | TwinToken
) -> None:
    assert type(token).parse(text) == token
    assert str(token) == text


def test_form_reads_what_it_writes() -> None:
    assert FORM.write("here", (1, 22)) == "here#1+22"
    assert FORM.read("here#1+22", str, int) == ("here", (1, 22))
    assert OPTIONAL.read("here", str, int) == ("here", ())


@pytest.mark.parametrize("text", ["", "here", "here#", "here#1+", "here#x", "here#1#2"])
def test_text_that_is_no_token_is_a_usage_error_that_names_the_source(text: str) -> None:
    with pytest.raises(UsageError, match="copy it from a test"):
        FORM.read(text, str, int)


def test_range_of_steps_beyond_all_trials_is_refused_before_it_is_written_down() -> None:
    with pytest.raises(UsageError):
        TwinToken.parse("7/3/40#0-9999999999999")
