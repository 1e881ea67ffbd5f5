"""A Recovery Event of type B: of which devices there must be evidence, and what is evidence."""

from pathlib import Path

from tests.bench.drills.rehearsal import Rehearsal, rehearse
from tests.bench.drills.telling import (
    decide,
    fall,
    meet,
    notice,
    own_key,
    report,
    step,
    story,
)

WHY = step("why-not", "do: evidence, why: the meters are asleep")
GAS_HOLDS_NEW = "provision: [{devices: [GSME], cells: [supplier], generation: 2}]\n"
PUT_BACK = own_key(name="put-back", extra=", credentials: 2, install: 1, devices: [GSME]")


def i11(run: Rehearsal) -> list[str]:
    return [text for text in run.departures() if text.startswith("I11: ")]


async def test_a_device_that_was_given_the_fallen_key_since_needs_evidence_of_its_own(
    tmp_path: Path,
) -> None:
    """At the Compromise the gas meter held another key; just before the Event it holds this one."""
    begin, end = fall() + notice(), meet() + decide("not-required") + report()
    early = story(begin, WHY, PUT_BACK, end, head=GAS_HOLDS_NEW)
    run = await rehearse(early, tmp_path / "early")
    assert run.steps()["put-back"] == "passed", run.reasons()
    (fault,) = i11(run)
    assert "for 2 of 3 Relevant Devices" in fault
    late = story(begin, PUT_BACK, WHY, end, head=GAS_HOLDS_NEW)
    run = await rehearse(late, tmp_path / "late")
    assert run.departures() == []
    assert run.rows("SELECT count(*) FROM account WHERE kind = 'event'") == [(1,)]


async def test_a_device_that_was_mended_before_the_decision_needs_no_evidence(
    tmp_path: Path,
) -> None:
    mended = own_key(extra=", devices: [ESME, GSME]")
    why = step("why-not", "do: evidence, devices: [GPF], why: the hub is out of reach")
    told = story(fall(), notice(), mended, why, meet(), decide("not-required"), report())
    run = await rehearse(told, tmp_path)
    assert run.departures() == []
    ((text,),) = run.rows("SELECT content FROM account WHERE kind = 'relevant devices'")
    assert '"total": 1' in text


async def test_an_ordinary_command_that_installs_what_fell_is_no_attempt_to_replace_it(
    tmp_path: Path,
) -> None:
    again = own_key(extra=", install: 1")
    told = story(fall(), notice(), again, meet(), decide("not-required"), report())
    run = await rehearse(told, tmp_path)
    (fault,) = i11(run)
    assert "for 0 of 3 Relevant Devices" in fault


async def test_an_ordinary_command_for_another_cell_of_the_party_is_no_attempt_to_replace_it(
    tmp_path: Path,
) -> None:
    """What fell is the signing key; the supplier replaces its key agreement certificates."""
    other = own_key().replace("cells: [supplier]", "cells: [supplier.KA, supplier.KA.PP]")
    told = story(fall(), notice(), other, meet(), decide("not-required"), report())
    run = await rehearse(told, tmp_path / "other")
    assert run.steps()["own-key"] == "passed", run.reasons()
    (fault,) = i11(run)
    assert "for 0 of 3 Relevant Devices" in fault
    one = own_key().replace("cells: [supplier]", "cells: [supplier.DS]")
    told = story(fall(), notice(), one, meet(), decide("not-required"), report())
    run = await rehearse(told, tmp_path / "one")
    assert run.departures() == []
