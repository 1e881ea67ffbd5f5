"""Which messages belong together."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from firmware_sim.bench.experiments.conformance.pairs import Pairing, ReferenceMessage, pair_up
from firmware_sim.bench.experiments.conformance.reference import MessageFile
from firmware_sim.gbcs.identifiers import CraFlag, MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.update_credentials import ExecutionOutcome, UpdateAlert
from firmware_sim.gbcs.replacement import ReplacementMode
from tests.bench.experiments.conformance.own_set import (
    DEVICE,
    SUPPLIER,
    query_command,
    query_response,
    report,
)

SUPPLIER_MODE, OPERATOR_MODE = list(ReplacementMode)[2:4]
UPDATE = Message(CraFlag.COMMAND, 9, SUPPLIER, DEVICE, MessageCode(0x0102), b"\x30\x00")
ACCEPTED = replace(
    UPDATE, cra=CraFlag.RESPONSE, originator=DEVICE, target=SUPPLIER, payload=b"\x30\x02\x05\x00"
)


def alert(counter: int, mode: ReplacementMode = SUPPLIER_MODE) -> Message:
    outcome = ExecutionOutcome(counter, mode, (), ())
    payload = UpdateAlert(0x8F66, datetime(2030, 1, 1, tzinfo=UTC), outcome).encode()
    code = MessageCode(0x00CB)
    return Message(CraFlag.ALERT, 2000, DEVICE, SUPPLIER, code, payload)


def paired(**messages: Message) -> Pairing:
    return pair_up(_references(messages))


def _references(messages: dict[str, Message]) -> Iterator[ReferenceMessage]:
    for name, message in messages.items():
        path = Path(name.replace("__", "/", 1) + "_GBCS.HEX")
        yield ReferenceMessage(MessageFile(path, ""), message)


def test_command_and_response_of_one_name_in_one_folder_are_a_pair() -> None:
    command, response = query_command(), query_response(report())
    found = paired(f__x_COMMAND=command, f__x_RESPONSE=response)
    assert [(pair.name, pair.command, pair.response) for pair in found.pairs] == [
        ("f/x_COMMAND_GBCS", command, response)
    ]
    assert found.unpaired == ()


def test_other_folders_and_names_are_not() -> None:
    command, response = query_command(), query_response(report())
    found = paired(f__x_COMMAND=command, g__x_RESPONSE=response, f__y_RESPONSE=response)
    assert found.pairs == ()
    assert found.unpaired == ("f/x_COMMAND_GBCS", "f/y_RESPONSE_GBCS", "g/x_RESPONSE_GBCS")


def test_pre_commands_and_other_use_cases_take_no_part() -> None:
    pre_command = replace(query_command(), signature=None, mac=None)
    other = replace(query_command(), code=MessageCode(0x0021))
    found = paired(f__x_PRECOMMAND=pre_command, f__x_RESPONSE=replace(other, cra=CraFlag.RESPONSE))
    assert found == ((), ())


def test_alert_belongs_to_the_command_that_it_reports() -> None:
    found = paired(
        f__x_COMMAND=UPDATE,
        f__x_RESPONSE=ACCEPTED,
        f__a_ALERT=alert(8),
        f__b_ALERT=alert(9, OPERATOR_MODE),
        f__c_ALERT=alert(9),
    )
    assert found.pairs[0].alert == alert(9)
    assert found.unpaired == ("f/a_ALERT_GBCS", "f/b_ALERT_GBCS")


def test_alert_from_the_commands_own_folder_goes_before_another() -> None:
    elsewhere = replace(alert(9), counter=3000)
    found = paired(
        e__x_ALERT=elsewhere, f__x_ALERT=alert(9), f__x_COMMAND=UPDATE, f__x_RESPONSE=ACCEPTED
    )
    assert found.pairs[0].alert == alert(9)
    assert found.unpaired == ("e/x_ALERT_GBCS",)


def test_alert_that_does_not_decode_belongs_to_nothing() -> None:
    broken = replace(alert(9), payload=b"\x30\x00")
    found = paired(f__x_ALERT=broken, f__x_COMMAND=UPDATE, f__x_RESPONSE=ACCEPTED)
    assert found.pairs[0].alert is None
    assert found.unpaired == ("f/x_ALERT_GBCS",)
