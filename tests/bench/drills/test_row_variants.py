"""Variants of the ways to be green without the procedure: other keys, cells, orders, times, names.

Each has a twin, where one matters, that keeps the procedure by a hair and is followed.
"""

from pathlib import Path

import pytest

from firmware_sim.bench.drills.story_file import read_story
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.outcome import Outcome
from tests.bench.drills.rehearsal import rehearse
from tests.bench.drills.telling import (
    ceremony,
    decide,
    fall,
    look,
    meet,
    notice,
    own_key,
    recovery,
    report,
    step,
    story,
    text_of,
)

BEFORE, AFTER = fall() + notice(), ceremony() + recovery() + look() + report()
NETWORK = "role: networkOperator"
CLOSE = step("close", "do: close meeting, minutes: 0")
TWO_CASES = fall() + fall(NETWORK, name="fall2") + notice() + notice("fall2")
OTHERS = recovery("[networkOperator]", name="others")
HOLDS_NEW = "provision: [{cells: [recovery], generation: 2}]\n"


def about(which: str) -> str:
    return f", about: {which}"


DEPART = {
    "a decision about the network operator, used for the supplier": (
        (fall(NETWORK), notice(), meet(), decide(), AFTER),
        "I8: outside the decision",
    ),
    "a decision that names cells of a party whose key has not fallen": (
        (BEFORE, meet(), decide(extra=", cells: [networkOperator]"), ceremony(),
         recovery("[networkOperator]"), look(), report()),
        "networkOperator.DS, networkOperator.KA, which hold nothing of what fell",
    ),
    "two Compromises, and both are mended on the decision about the second": (
        (TWO_CASES, meet(extra=about("fall")), decide(extra=about("fall")),
         meet(name="m2", extra=about("fall2")), decide(name="d2", extra=about("fall2")),
         ceremony(), OTHERS, recovery(), look(), report()),
        "I8: outside the decision",
    ),
    "the meeting was about another Compromise": (
        (TWO_CASES, meet(extra=about("fall2")), decide(extra=about("fall")), AFTER),
        "the SMKI PMA decides while the case stands at “notified”",
    ),
    "the key that fell twice, by two of its names": (
        (BEFORE, meet(), decide(), AFTER, fall("key: supplier.DS", name="again"),
         notice("again"), meet(name="m2"), decide(name="d2"), report(name="r2")),
        "stands at “normal”",
    ),
    "a false alarm is decided about all the same": (
        (fall(), step("told", "do: notify, from: Party, to: [DCC]"),
         step("alarm", "do: confirm, finding: false alarm, how: h"),
         step("notice", "do: notify, from: DCC, to: [SMKI PMA]"), meet(), decide(), AFTER),
        "stands at “false alarm”",
    ),
    "decided in the minute in which the meeting was closed": (
        (BEFORE, meet(), CLOSE, decide(), AFTER),
        "nothing is decided after it",
    ),
    "decided a minute after a day": (
        (BEFORE, meet(extra=", minutes: 1441"), decide(), AFTER),
        "nothing is decided after it",
    ),
    "one of four leaves before the decision": (
        (BEFORE, meet(), step("leave", "do: leave, offices: [tabasc]"), decide(), AFTER),
        "3 members are present, not 4",
    ),
    "the Chair leaves, and five stay": (
        (BEFORE, meet("[chair, supplier-1, supplier-2, network-1, network-2, tabasc]"),
         step("leave", "do: leave, offices: [chair]"), decide(), AFTER),
        "neither the Chair nor the Chair's Alternate is there",
    ),
    "the Specialist stands in for the Chair and is counted twice": (
        (BEFORE, meet("[{office: chair, person: smki-specialist, alternate: true}, "
                      "smki-specialist, tabasc, network-1]"), decide(), AFTER),
        "3 members are present, not 4",
    ),
    "a decision that has run out by a minute": (
        (BEFORE, meet(), decide(extra=", hours: 1, minutes: 60"), AFTER),
        "no longer holds",
    ),
    "one custodian twice": (
        (BEFORE, meet(), decide(),
         step("ceremony", "do: ceremony, present: [custodian-1, custodian-1, custodian-2]"),
         recovery(), look(), report()),
        "2 custodians are present, not 3",
    ),
    "the key is used once more after the report": (
        (BEFORE, meet(), decide(), AFTER,
         step("c2", "do: ceremony, present: [custodian-1, custodian-2, custodian-3]"),
         recovery(name="more", extra=", devices: [ESME]")),
        "I4: a protected key was used, and the DCC did not report it",
    ),
    "a report of devices that there were not": (
        (BEFORE, meet(), decide(), ceremony(), recovery(), look(), report(extra=", devices: 4")),
        "I4: the report says 4 devices, the ledger 3",
    ),
    "the decision is about the key of a generation, the command comes with another": (
        (BEFORE, meet(), decide(), AFTER),
        "generation 1 of the key",
    ),
    "what an attacker has sent is no attempt": (
        (BEFORE, own_key(extra=", stolen: true"), meet(), decide("not-required"), report()),
        "I11: no Recovery Event",
    ),
    "the Party tells the SMKI PMA, and the DCC never does": (
        (fall(), step("told", "do: notify, from: Party, to: [DCC, SMKI PMA]"),
         step("confirmed", "do: confirm, how: h"), meet(), decide(), AFTER),
        "the DCC has not notified this Compromise",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("steps", "said"), DEPART.values(), ids=DEPART.keys())
async def test_a_variant_is_not_followed_for_its_reason(
    steps: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    head = HOLDS_NEW if said.startswith("generation") else ""
    run = await rehearse(story(*steps, head=head), tmp_path)
    assert any(said in each for each in run.departures()), run.reasons()
    assert run.whole is Outcome.PROCEDURE_NOT_FOLLOWED, run.reasons()


def test_one_alternate_for_two_members_is_told_before_anything_runs() -> None:
    present = (
        "[chair, {office: tabasc, person: ann, alternate: true}, "
        "{office: network-1, person: ann, alternate: true}, supplier-1]"
    )
    with pytest.raises(UsageError, match="ann sits for tabasc and for network-1"):
        story(BEFORE, meet(present), decide(), AFTER)


KEPT = {
    "decided a day after the meeting began": (BEFORE, meet(extra=", minutes: 1440"), decide()),
    "closed in the minute of the decision": (
        BEFORE, meet(), decide(extra=", minutes: 0"), CLOSE,
    ),
    "used in the last minute of the decision": (
        BEFORE, meet(), decide(extra=", hours: 1, minutes: 58"),
    ),
    "one of five leaves": (
        BEFORE, meet("[chair, supplier-1, supplier-2, network-1, tabasc]"),
        step("leave", "do: leave, offices: [tabasc]"), decide(),
    ),
}  # fmt: skip


@pytest.mark.parametrize("steps", KEPT.values(), ids=KEPT.keys())
async def test_a_story_that_keeps_within_its_limits_by_a_hair_is_followed(
    steps: tuple[str, ...], tmp_path: Path
) -> None:
    run = await rehearse(story(*steps, AFTER), tmp_path)
    assert run.departures() == []
    assert run.whole is Outcome.PASSED, run.reasons()


CLAUSES = {
    "lower case": ("sec L10.29", "there is no clause 'sec L10.29'"),
    "no document": ("L10.29", "there is no clause 'L10.29'"),
    "spelled out": ("Smart Energy Code L10.29", "there is no clause"),
    "a section": ("Section L 10.29", "there is no clause"),
    "wide letters": ("ＳＥＣ Ｌ１０．２９", "write it in ASCII"),  # noqa: RUF001
    "a space that is not seen": ("SEC\u200b L10.29", "write it in ASCII"),
    "Cyrillic letters": ("ЅЕС L10.29", "write it in ASCII"),  # noqa: RUF001
    "Greek letters": ("SΕC L10.29", "write it in ASCII"),  # noqa: RUF001
    "another document before it": ("GBCS 13.3 and SEC L10.29", "there is no clause"),
}


@pytest.mark.parametrize(("clause", "said"), CLAUSES.values(), ids=CLAUSES.keys())
def test_a_clause_that_was_not_earned_is_refused_however_it_is_written(
    clause: str, said: str
) -> None:
    head = f'rules: [{{clause: "{clause}", text: t}}]\n'
    with pytest.raises(UsageError) as refusal:
        read_story(text_of(look(), head=head), "own.yaml")
    assert said in str(refusal.value)
    assert "line 5, rules[1].clause" in str(refusal.value)


def test_a_rule_of_another_document_does_not_speak_of_section_l_in_its_text() -> None:
    head = 'rules: [{clause: GBCS 13.3, text: "SEC L10.29: the appeal was heard"}]\n'
    with pytest.raises(UsageError, match=r"rules\[1\]\.text: the text speaks of Section L"):
        read_story(text_of(look(), head=head), "own.yaml")
    plain = "rules: [{clause: GBCS 13.3, text: Update Security Credentials}]\n"
    assert read_story(text_of(look(), head=plain), "own.yaml").rules


NAMES = ["Ann", "a nn", "ann ", "аnn", "ａｎｎ", "αnn", "a\u200bnn", "a--n"]  # noqa: RUF001


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name.encode("unicode_escape").decode())
def test_a_person_has_a_plain_label_or_does_not_sit(name: str) -> None:
    seat = f'{{office: tabasc, person: "{name}", alternate: true}}'
    text = text_of(BEFORE, meet(f"[chair, supplier-1, network-1, {seat}]"), decide())
    with pytest.raises(UsageError, match="person"):
        read_story(text, "own.yaml")


def test_who_is_not_there_cannot_leave() -> None:
    leave = step("leave", "do: leave, offices: [tabasc]")
    with pytest.raises(UsageError, match="put a meet step first"):
        read_story(text_of(BEFORE, leave), "own.yaml")
    again = step("again", "do: leave, offices: [tabasc]")
    with pytest.raises(UsageError, match=r"offices\[1\]: tabasc is not there and cannot leave"):
        read_story(text_of(BEFORE, meet(), leave, again), "own.yaml")
