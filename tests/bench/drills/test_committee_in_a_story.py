"""What the SMKI PMA does in a story besides deciding: who sits there, whom it asks, what it
determines, by which Guidance, and who is given a task."""

from pathlib import Path

import pytest

from firmware_sim.bench.drills import runner
from firmware_sim.bench.drills.story_file import load_story
from firmware_sim.bench.governance.guidance import read_guidance
from firmware_sim.bench.outcome import Outcome, ProcedureVerdict
from tests.bench.drills.rehearsal import Rehearsal, rehearse
from tests.bench.drills.telling import (
    ceremony,
    decide,
    fall,
    look,
    meet,
    notice,
    recovery,
    report,
    step,
    story,
)

STORIES = Path(__file__).with_name("stories")
BEFORE, AFTER = fall() + notice(), ceremony() + recovery() + look() + report()


def rows(run: Rehearsal, event: str) -> list[tuple[str, str]]:
    query = f"SELECT detail, clause FROM governance WHERE event = '{event}' ORDER BY id"
    return run.rows(query)


def procedure(run: Rehearsal) -> ProcedureVerdict | None:
    assert run.verdicts is not None
    return run.verdicts.procedure


async def test_the_whole_committee_at_work_is_followed(tmp_path: Path) -> None:
    run = await rehearse(load_story(str(STORIES / "committee-at-work.yaml")), tmp_path)
    assert run.departures() == []
    assert run.whole is Outcome.PASSED, run.reasons()


SEATS = {
    "the SMKI Specialist": (
        "{office: chair, person: smki-specialist, alternate: true}, smki-specialist",
        "L1.12(a)",
    ),
    "another person": ("{office: chair, person: somebody, alternate: true}", "L1.12(b)"),
}


@pytest.mark.parametrize(("seat", "clause"), SEATS.values(), ids=SEATS.keys())
async def test_an_alternate_for_the_chair_is_told_with_the_clause(
    seat: str, clause: str, tmp_path: Path
) -> None:
    whole = story(BEFORE, meet(f"[{seat}, supplier-3, network-1, tabasc]"), decide(), AFTER)
    run = await rehearse(whole, tmp_path)
    assert run.departures() == []
    ((text, told),) = rows(run, "SMKI PMA meeting")
    assert "the Chair, by an Alternate" in text
    assert clause in told


async def test_guests_of_a_meeting_are_told_and_make_no_quorum(tmp_path: Path) -> None:
    guests = ", guests: [device manufacturers, specialist legal adviser]"
    three = "[chair, supplier-3, network-1]"
    run = await rehearse(story(BEFORE, meet(three, extra=guests)), tmp_path)
    ((text, clause),) = rows(run, "SMKI PMA meeting")
    assert text.startswith("3 members meet, too few to decide")
    assert text.endswith("; besides: device manufacturers, specialist legal adviser")
    assert "L1.14(b)" in clause
    assert any("3 members are present, not 4" in each for each in run.departures())


ASK = step("ask", "do: ask for information, of: [DCC, Party], what: how many meters")
ANSWERS = step("dcc", "do: inform, by: DCC, what: all") + step(
    "party", "do: inform, by: Party, what: ours, pence: 12550"
)


async def test_information_is_asked_for_and_given_before_the_decision(tmp_path: Path) -> None:
    """What the answer cost the Party is reimbursed, and no Recovery Cost."""
    run = await rehearse(story(BEFORE, meet(), ASK, ANSWERS, decide(), AFTER), tmp_path)
    assert run.departures() == []
    said = [text for text, _ in rows(run, "Recovery Costs")]
    assert (
        "a Party: £125.50 is no Recovery Cost: it is for information that the SMKI PMA asked for "
        "[SEC L10.12]; reimbursed by L10.12"
    ) in said


LEFT_OUT = {
    "one of two has not answered": (
        (ASK, step("dcc", "do: inform, by: DCC, what: all"), decide(), AFTER),
        "first of all the information is given [SEC L10.11]",
    ),
    "somebody answers who was not asked": (
        (ASK, ANSWERS, step("rdp", "do: inform, by: Panel, what: x"), decide(), AFTER),
        "the Panel informs the SMKI PMA, and was not asked [SEC L10.11]",
    ),
    "the Panel is asked": (
        (
            step("ask", "do: ask for information, of: [Panel], what: x"),
            step("told", "do: inform, by: Panel, what: x"),
            decide(),
            AFTER,
        ),
        "the SMKI PMA asks the Panel, which owes it no information [SEC L10.10(b)]",
    ),
    "a question that nobody determines": (
        (step("refer", "do: refer, question: pause, what: all is paused"), decide(), AFTER),
        "the question pause was referred to the SMKI PMA and not determined [SEC L10.2(c)(ii)]",
    ),
    "a question that nobody referred": (
        (step("answer", "do: determine, question: pause, answer: never"), decide(), AFTER),
        "pause was not referred [SEC L10.2(c)(ii)]",
    ),
    "a supplier's key is determined": (
        (step("answer", "do: determine"), decide(), AFTER),
        "only an S1SPKI key is determined [SEC L10.30(c)(vi)]",
    ),
    "a nomination that nobody required": (
        (
            step("name", "do: nominate, party: alpha, person: ann, task: phones"),
            decide(),
            AFTER,
        ),
        "alpha nominates ann, and nobody required it, not the SMKI PMA [SEC L10.2(c)(iii)]",
    ),
    "a task of nobody's": (
        (step("act", "do: perform, person: ann, task: phones, what: x"), decide(), AFTER),
        "ann acts for phones, and was neither nominated nor appointed [SEC L10.2(c)(iii)]",
    ),
    "not as instructed": (
        (
            step("name", "do: appoint, by: Panel, person: ann, task: phones"),
            step("act", "do: perform, person: ann, task: phones, what: x, instructed: false"),
            decide(),
            AFTER,
        ),
        "ann acts for phones, and not as instructed [SEC L10.5]",
    ),
    "a custodian who was not nominated": (
        (
            step(
                "name",
                "do: nominate, party: alpha, person: custodian-1, task: key-custodian, "
                "required: SMKI PMA",
            ),
            decide(),
            AFTER,
        ),
        "custodian-2 is at the ceremony, and was not nominated for it [SEC L10.2(c)(iii)]",
    ),
}


@pytest.mark.parametrize(("steps", "said"), LEFT_OUT.values(), ids=LEFT_OUT.keys())
async def test_what_is_left_out_or_done_by_another_is_a_departure(
    steps: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    run = await rehearse(story(BEFORE, meet(), *steps), tmp_path)
    assert any(said in each for each in run.departures()), run.reasons()
    assert run.whole is Outcome.PROCEDURE_NOT_FOLLOWED


S1SPKI = fall("key: s1spki, certainty: suspected")
DETERMINE = step("determine", "do: determine")


async def test_a_determined_s1spki_key_becomes_a_case_from_then_on(tmp_path: Path) -> None:
    run = await rehearse(story(S1SPKI, meet(), DETERMINE, look()), tmp_path / "determined")
    ((text, clause),) = rows(run, "Determination")
    assert "is a Relevant Private Key" in text
    assert clause == "SEC L10.30(c)(vi)"
    assert any("stands at “suspected”" in each for each in run.departures())
    run = await rehearse(story(S1SPKI, meet(), look()), tmp_path / "not determined")
    assert procedure(run) is ProcedureVerdict.FOLLOWED


MEETINGS = {
    "without a meeting": (DETERMINE, "no meeting has been called"),
    "without a quorum": (
        meet("[chair, tabasc, network-1]", extra=", expect: no quorum") + DETERMINE,
        "3 members are present, not 4",
    ),
    "after the meeting": (
        meet() + step("close", "do: close meeting") + step("more", "do: determine"),
        "the meeting was over",
    ),
    "against the vote": (
        meet() + step("vote", "do: determine, against: [tabasc, network-1]"),
        "the motion is not carried",
    ),
}


@pytest.mark.parametrize(("steps", "said"), MEETINGS.values(), ids=MEETINGS.keys())
async def test_a_determination_falls_in_an_open_meeting_with_a_quorum(
    steps: str, said: str, tmp_path: Path
) -> None:
    run = await rehearse(story(S1SPKI, steps, look()), tmp_path)
    assert any(said in each for each in run.departures()), run.reasons()
    assert rows(run, "Determination") == []


GUIDANCE = """
version: own-2
mandatory: [{name: nature, question: q}]
optional:
  - {name: light, question: q, weight: 1}
  - {name: heavy, question: q, weight: 9}
criteria: [first things first]
before: [ask for information]
"""


async def test_weights_criteria_and_steps_of_the_guidance_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, played = read_guidance(GUIDANCE, "own.yaml"), runner.run_drill

    async def with_guidance(*args: object, **more: object) -> object:
        return await played(*args, **(more | {"guidance": own}))  # type: ignore[arg-type]

    monkeypatch.setattr(runner, "run_drill", with_guidance)
    factors = "factors: {light: a, nature: b, heavy: c}"
    body = f"do: decide, outcome: require-recovery, grounds: [g], {factors}"
    decision = step("decision", body)
    run = await rehearse(story(BEFORE, meet(), decision, AFTER), tmp_path / "hasty")
    told = rows(run, "Recovery Key Guidance")
    assert [text for text, _ in told] == [
        "nature, by the Guidance own-2: b",
        "heavy (weight 9), by the Guidance own-2: c",
        "light (weight 1), by the Guidance own-2: a",
        "criterion of the Guidance own-2: first things first",
    ]
    assert "L10.9(c)" in told[1][1]
    assert "L10.9(d)" in told[3][1]
    (departure,) = run.departures()
    wants = "the Guidance own-2 wants this before a decision: the SMKI PMA asks for information"
    assert departure == f"{wants} [SEC L10.9(d)]"
    run = await rehearse(story(BEFORE, meet(), ASK, ANSWERS, decision, AFTER), tmp_path / "asked")
    assert run.departures() == []


async def test_a_decision_says_before_which_provisions_it_goes(tmp_path: Path) -> None:
    provision = ", precedence: [SEC H14 (Testing Services)]"
    run = await rehearse(story(BEFORE, meet(), decide(extra=provision), AFTER), tmp_path)
    text, clause = rows(run, "SMKI PMA decision")[1]
    assert "the decision goes before SEC H14 (Testing Services)" in text
    assert clause == "SEC L10.2(c)(i)"


@pytest.mark.parametrize(
    ("last", "departs"),
    [
        ("2026-04-05T07:30:00Z", False),
        ("2026-04-05T07:29:59Z", True),
        ("2026-10-06T07:30:00Z", True),
        ("9999-12-31T23:59:59Z", True),
        ("0001-01-01T00:00:00Z", True),
    ],
)
async def test_a_test_of_the_arrangements_that_comes_too_late_is_a_departure(
    last: str, departs: bool, tmp_path: Path
) -> None:
    """The story begins on 2026-10-05T07:30:00Z, six months after the fifth of April."""
    head = f"rehearsal: {{every_months: 6, last: {last}}}\n"
    run = await rehearse(story(look(), head=head), tmp_path)
    assert any(each.endswith("[SEC L10.1(e)]") for each in run.departures()) is departs
    ((_, clause),) = rows(run, "Rehearsal")
    assert clause == "SEC L10.1(e)"
