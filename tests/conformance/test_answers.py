"""Every published answer about credentials passes the checks of `message send` and of drills."""

import pytest

from firmware_sim.bench.cli.message.reading import read_for_people
from firmware_sim.bench.commands.answers import read_leniently
from firmware_sim.bench.commands.responses import response_to
from firmware_sim.bench.drills.checks import check_outcome, read_report, reported_holdings
from firmware_sim.bench.drills.step_log import CellIdentifiers
from firmware_sim.bench.experiments.conformance.pairs import (
    Pair,
    ReferenceMessage,
    pair_up,
)
from firmware_sim.bench.experiments.conformance.payloads import concerns_keys
from firmware_sim.bench.experiments.conformance.reference import Locations, read_messages
from firmware_sim.gbcs.identifiers import CraFlag
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.security_credentials import CredentialsReport
from firmware_sim.gbcs.payloads.update_credentials import UpdateCommand, UpdateResponse
from firmware_sim.gbcs.replacement import RULES_BY_CODE
from firmware_sim.gbcs.roles import TrustAnchorCellId
from firmware_sim.gbcs.use_cases import CS02A, CS02F


@pytest.fixture(scope="module")
def published(locations: Locations) -> list[ReferenceMessage]:
    return [
        ReferenceMessage(file, parse_message(file.octets()))
        for file in read_messages(locations.messages)
    ]


@pytest.fixture(scope="module")
def answers(published: list[ReferenceMessage]) -> list[ReferenceMessage]:
    return [
        item
        for item in published
        if concerns_keys(item.message) and item.message.cra is not CraFlag.COMMAND
    ]


@pytest.fixture(scope="module")
def pairs(published: list[ReferenceMessage]) -> tuple[Pair, ...]:
    return pair_up(published).pairs


def test_message_send_reads_every_published_answer(answers: list[ReferenceMessage]) -> None:
    problems = [
        (item.file.name, read_for_people(item.file.octets(), tolerant=True).problem)
        for item in answers
    ]
    assert [each for each in problems if each[1] is not None] == []


def test_strict_refuses_exactly_the_answers_with_long_lengths(
    answers: list[ReferenceMessage],
) -> None:
    refused = {
        item.file.name
        for item in answers
        if read_for_people(item.file.octets(), tolerant=False).problem is not None
    }
    departing = {item.file.name for item in answers if read_leniently(item.message).departures}
    assert departing == refused
    assert departing


def test_every_published_response_answers_its_command(pairs: tuple[Pair, ...]) -> None:
    assert pairs
    for pair in pairs:
        assert response_to(pair.command, pair.response.build()) == pair.response


def test_drills_read_every_published_report_of_cells(answers: list[ReferenceMessage]) -> None:
    reports = [item.message for item in answers if item.message.code in {CS02A, CS02F}]
    assert reports
    for report in reports:
        read = read_leniently(report).message
        if all(
            each.status is StatusCode.SUCCESS
            for each in CredentialsReport.decode(read.payload).roles
        ):
            assert reported_holdings(read_report(read))


def test_drills_accept_every_published_outcome_of_success(pairs: tuple[Pair, ...]) -> None:
    accepted = 0
    for pair in pairs:
        if pair.command.code not in RULES_BY_CODE:
            continue
        response = read_leniently(pair.response).message
        held = _held(response)
        if held is not None:
            control = UpdateCommand.decode(pair.command.payload).control
            success = dict.fromkeys(held[1], StatusCode.SUCCESS)
            before, after = held
            finding = check_outcome(response, control, [before], after, success)
            assert finding.passed, (pair.name, finding.reason)
            accepted += 1
    assert accepted


Held = dict[TrustAnchorCellId, CellIdentifiers]


def _held(response: Message) -> tuple[Held, Held] | None:
    """What the cells held before and after by the response; None if it reports no success."""
    outcome = UpdateResponse.decode(response.payload).outcome
    if outcome is None or any(each.status is not StatusCode.SUCCESS for each in outcome.outcomes):
        return None
    return (
        {
            each.cell: CellIdentifiers(each.existing_subject_id, each.existing_key_identifier)
            for each in outcome.outcomes
        },
        {
            each.cell: CellIdentifiers(each.replacing_subject_id, each.replacing_key_identifier)
            for each in outcome.outcomes
        },
    )
