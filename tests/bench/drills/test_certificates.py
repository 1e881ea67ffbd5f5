"""Steps that ask the PKI for certificates: it issues to Eligible Subscribers, and no others."""

from pathlib import Path

import pytest

from firmware_sim.bench.drills.certificate_steps import IssueStep
from firmware_sim.bench.drills.story_file import load_story
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.outcome import Outcome
from firmware_sim.bench.smki.applicants import WANTED
from firmware_sim.bench.smki.eligibility_table import ORGANISATION_ROWS
from firmware_sim.gbcs.roles import DeviceType
from tests.bench.drills.rehearsal import ROOT_STORY, Rehearsal, rehearse, until
from tests.bench.drills.telling import fall, look, step, story, text_of

STORIES = Path(__file__).with_name("stories")
FIVE = "supplier, networkOperator, accessControlBroker, transitionalCoS, recovery"
ROLES = f"[{FIVE}, wanProvider]"
NOT_ASKED = "was not asked for new requests [SEC L10.1(c)(ii)]"


def details(run: Rehearsal, event: str) -> list[str]:
    query = f"SELECT detail FROM governance WHERE event = '{event}' ORDER BY id"
    return [text for (text,) in run.rows(query)]


async def test_each_row_of_the_tables_asks_and_is_answered_by_its_clause(tmp_path: Path) -> None:
    """Which clause refuses is written in the story, from the text of Section L."""
    whole = load_story(str(STORIES / "eligible-subscribers.yaml"))
    run = await rehearse(whole, tmp_path)
    assert run.departures() == []
    assert run.whole is Outcome.PASSED, run.reasons()
    asked = [each for each in whole.steps if isinstance(each, IssueStep)]
    refused = [each for each in asked if each.expect != "issued"]
    assert len(details(run, "Certificate refused")) == len(refused) == 19
    assert len(details(run, "Certificate issued")) == len(asked) - len(refused)


def test_the_story_of_eligible_subscribers_asks_for_every_role_that_there_is() -> None:
    whole = load_story(str(STORIES / "eligible-subscribers.yaml"))
    issued = {
        each.application(replaces_root=False).role
        for each in whole.steps
        if isinstance(each, IssueStep) and each.expect == "issued"
    }
    authorities = {role for role in ORGANISATION_ROWS if role.label == "root"}
    assert issued - {None} == set(ORGANISATION_ROWS) - authorities


async def test_a_role_of_annex_a_stands_in_the_certificate_that_is_issued(tmp_path: Path) -> None:
    run = await rehearse(story(step("ask", "do: issue, certificate: pPPXmlSign"), look()), tmp_path)
    (text,) = details(run, "Certificate issued")
    assert text.startswith("dcc asks for a pPPXmlSign (128) Certificate, and the PKI issues it")


@pytest.mark.parametrize(
    ("body", "clause"),
    [
        ("certificate: supplier.DS, generation: 2, by: electricity-distributor", "L3.18(b)"),
        ("certificate: supplier.DS, generation: 2, authorised: false", "L3.15"),
        ("certificate: CHF, by: import-supplier", "L3.16"),
    ],
)
async def test_a_request_that_the_story_expects_to_be_granted_and_is_refused_is_a_departure(
    body: str, clause: str, tmp_path: Path
) -> None:
    run = await rehearse(story(step("ask", f"do: issue, {body}"), look()), tmp_path)
    assert run.whole is Outcome.PROCEDURE_NOT_FOLLOWED
    (text,) = run.departures()
    assert f"[SEC {clause}" in text


async def test_a_request_that_is_granted_against_the_story_is_an_error_of_the_bench(
    tmp_path: Path,
) -> None:
    body = "do: issue, certificate: supplier.DS, generation: 2, expect: {refused: L3.18(b)}"
    run = await rehearse(story(step("ask", body), look()), tmp_path)
    assert run.steps()["ask"] == "error"


async def test_a_request_that_another_clause_refuses_than_the_story_says_is_a_departure(
    tmp_path: Path,
) -> None:
    body = "certificate: supplier.DS, authorised: false, expect: {refused: L3.18(b)}"
    run = await rehearse(story(step("ask", f"do: issue, {body}"), look()), tmp_path)
    assert run.whole is Outcome.PROCEDURE_NOT_FOLLOWED


def test_a_certificate_that_there_is_not_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    path = tmp_path / "story.yaml"
    path.write_text(text_of(step("ask", "do: issue, certificate: pPPXmlSigning"), look()))
    with pytest.raises(UsageError) as refusal:
        load_story(str(path))
    assert "line 6" in str(refusal.value)
    assert "'pPPXmlSigning' is no certificate" in str(refusal.value)
    assert "pPPXmlSign" in str(refusal.value)
    assert len(WANTED) == 35


async def test_a_second_certificate_of_the_same_generation_is_not_issued(tmp_path: Path) -> None:
    ask = "do: issue, certificate: supplier.DS, generation: 1"
    run = await rehearse(story(step("ask", ask), look()), tmp_path)
    assert run.steps()["ask"] == "error"
    assert "has been issued already" in run.reasons()


async def test_the_coordination_counts_what_each_subscriber_needs(tmp_path: Path) -> None:
    """Ten certificates of six roles stand in the cells of a home: 250 % of a month of four."""
    run = await rehearse(until(ROOT_STORY, "new-certificates"), tmp_path)
    (text,) = details(run, "CSR coordination")
    assert (
        "10 requests, 250% of a usual month, which is exceptional demand and was notified" in text
    )
    issued = details(run, "Certificate issued")
    assert issued[0] == "the PKI issues 10 Organisation Certificates beneath the new authority"
    assert "are lodged in the SMKI Repository" in issued[1]
    assert any("demand is the number of requests" in each for each in details(run, "Assumption"))


def coordinated(**changes: object) -> str:
    said: dict[str, object] = {"asked": ROLES, "applied": ROLES, "usual": 10}
    values = ", ".join(f"{key}: {value}" for key, value in (said | changes).items())
    return step("new-certificates", f"do: coordinate, {values}")


@pytest.mark.parametrize(
    ("changes", "departures"),
    [
        ({}, []),
        ({"requests": 15}, []),
        ({"requests": 16}, ["demand of 160% of a usual month was not notified"]),
        ({"requests": 16, "notified": "true"}, []),
        ({"requests": 9}, ["9 requests are too few for 10 certificates"]),
        (
            {"asked": f"[{FIVE}]"},
            ["wanProvider was not asked for new requests"],
        ),
        (
            {"applied": "[supplier, accessControlBroker, transitionalCoS, wanProvider, recovery]"},
            ["networkOperator has not applied for all of its certificates"],
        ),
    ],
)
async def test_what_the_coordination_lacks_is_a_departure(
    changes: dict[str, object], departures: list[str], tmp_path: Path
) -> None:
    whole = story(fall("role: root"), coordinated(**changes), look())
    run = await rehearse(whole, tmp_path)
    found = [each for each in run.departures() if each.endswith("[SEC L10.1(c)(ii)]")]
    found = [each.removesuffix(" [SEC L10.1(c)(ii)]") for each in found]
    assert [each for each in found if "coordinated while" not in each] == departures


async def test_a_root_that_is_not_there_is_not_lodged(tmp_path: Path) -> None:
    """The certificates are coordinated, and nobody has issued the root that they stand beneath."""
    whole = until(ROOT_STORY, "new-certificates")
    kept = tuple(each for each in whole.steps if each.name != "new-root")
    run = await rehearse(whole.model_copy(update={"steps": kept}), tmp_path)
    (text,) = [each for each in run.departures() if "L3.22" in each]
    assert text == ("the DCC has not lodged: Root OCA Certificate [SEC L3.23(a)] [SEC L3.22]")


async def test_the_nine_are_lodged_though_no_device_of_the_story_holds_them_all(
    tmp_path: Path,
) -> None:
    """An ESME has no cell for the WAN provider, and none for the Broker's signing key."""
    whole = until(ROOT_STORY, "new-certificates").model_copy(update={"devices": (DeviceType.ESME,)})
    run = await rehearse(whole, tmp_path)
    assert [each for each in run.departures() if "L3.22" in each] == []
    issued = details(run, "Certificate issued")
    assert issued[0] == "the PKI issues 10 Organisation Certificates beneath the new authority"
    assert "are lodged in the SMKI Repository" in issued[1]
