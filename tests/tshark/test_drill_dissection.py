"""Stock tshark reads all that devices and parties emit in a drill, as we do."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from firmware_sim.bench.cli.main import app
from firmware_sim.bench.evidence.pcap import Captured, captured, write_pcap
from firmware_sim.gbcs.identifiers import CraFlag
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.payloads.security_credentials import CredentialsQuery
from firmware_sim.gbcs.payloads.update_credentials import UpdateCommand
from firmware_sim.gbcs.roles import RemotePartyRole
from firmware_sim.gbcs.use_cases import CS02A, GENERIC_CRITICAL_ALERT, use_case_name
from tests.tshark.comparison import differences
from tests.tshark.dissection import Frame, dissect

_AT = datetime(2026, 3, 2, 9, 0, 0, 250_000, tzinfo=UTC)
_STORIES = ("root-compromise-contingency", "supplier-compromise-recovery")


def _rehearsed(story: str, folder: Path) -> Path:
    options = ["--out", str(folder), "--with-keys", "--pcap", str(folder.parent / "run.pcap")]
    result = CliRunner().invoke(app, ["drill", "run", story, *options])
    assert result.exit_code == 0, result.stderr
    return folder


@pytest.fixture(scope="module", params=_STORIES)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a drill, with its keys, and a capture of it beside it."""
    return _rehearsed(request.param, tmp_path_factory.mktemp("tshark") / "run")


def test_every_message_of_a_drill_is_dissected_alike(run: Path, tmp_path: Path) -> None:
    messages = _messages(run)
    frames = dissect(run.parent / "run.pcap", tmp_path)
    assert len(frames) == len(messages) > 50
    wrong = {
        number: found
        for number, (message, frame) in enumerate(zip(messages, frames, strict=True))
        if (found := differences(message, frame))
    }
    assert wrong == {}
    kinds = {(use_case_name(message.code)[:5], message.cra) for message in messages}
    assert kinds >= {
        ("CS02a", CraFlag.COMMAND),
        ("CS02a", CraFlag.RESPONSE),
        ("CS02b", CraFlag.COMMAND),
        ("CS02b", CraFlag.RESPONSE),
    }


def test_alert_codes_have_the_names_that_tshark_gives(run: Path, tmp_path: Path) -> None:
    """Gas devices alert in the GBZ form, whose dissector is not ours either."""
    seen = [(each.at, parse_message(each.octets)) for each in captured(run)]
    frames = dissect(run.parent / "run.pcap", tmp_path)
    gbz = [
        (at, message, frame.fields)
        for (at, message), frame in zip(seen, frames, strict=True)
        if message.code == GENERIC_CRITICAL_ALERT and message.payload.startswith(b"\x01\x09")
    ]
    assert gbz
    for at, message, shown in gbz:
        assert int(shown["gbcs_gbz.alert_code"], 16) == int.from_bytes(message.payload[3:5], "big")
        assert shown["gbcs_gbz.timestamp"] == f"{at:%b} {at.day:2d}, {at:%Y %H:%M:%S}.000000000 UTC"


def _other_counter(message: Message) -> Message:
    return replace(message, counter=message.counter + 1)


def _other_target(message: Message) -> Message:
    return replace(message, target=message.originator)


def _other_kind(message: Message) -> Message:
    return replace(message, cra=CraFlag.RESPONSE)


def _other_signature(message: Message) -> Message:
    return replace(message, signature=bytes(64))


def _other_mac(message: Message) -> Message:
    return replace(message, mac=bytes(12))


def _other_time(message: Message) -> Message:
    return replace(message, date_time=bytes.fromhex("07df0101ff000000008000ff"))


def _other_role(message: Message) -> Message:
    query = CredentialsQuery.decode(message.payload)
    roles = (RemotePartyRole.LOAD_CONTROLLER, *query.roles[1:])
    return replace(message, payload=query._replace(roles=roles).encode())


def _one_role_more(message: Message) -> Message:
    query = CredentialsQuery.decode(message.payload)
    return replace(message, payload=query._replace(roles=(*query.roles, query.roles[0])).encode())


_PLANTED = (
    _other_counter,
    _other_target,
    _other_kind,
    _other_signature,
    _other_mac,
    _other_time,
    _other_role,
    _one_role_more,
)


def test_a_planted_difference_is_found(run: Path, tmp_path: Path) -> None:
    """What is on the wire differs from what we say is there."""
    message = next(each for each in _messages(run) if each.code == CS02A and each.mac)
    frames = _captured_again(tmp_path, [plant(message) for plant in _PLANTED])
    unnoticed = [
        plant.__name__
        for plant, frame in zip(_PLANTED, frames, strict=True)
        if not differences(message, frame)
    ]
    assert unnoticed == []


def test_a_planted_difference_inside_a_command_is_found(run: Path, tmp_path: Path) -> None:
    message = next(each for each in _messages(run) if use_case_name(each.code).startswith("CS02b"))
    update = UpdateCommand.decode(message.payload)
    first, *others = update.replacements
    replacements = (first._replace(cell=first.cell._replace(role=RemotePartyRole.OTHER)), *others)
    control = update.control._replace(counter=update.control.counter + 1)
    planted = [
        replace(message, payload=changed.encode())
        for changed in (
            update._replace(control=control),
            update._replace(replacements=replacements),
            update._replace(path=(first.certificate, *update.path[1:])),
        )
    ]
    for other, frame in zip(planted, _captured_again(tmp_path, planted), strict=True):
        assert differences(message, frame) != []
        assert differences(other, frame) == []


def test_a_capture_keeps_microseconds_and_what_is_cut_short(run: Path, tmp_path: Path) -> None:
    octets = next(captured(run)).octets
    pcap = tmp_path / "two.pcap"
    write_pcap(pcap, [Captured(_AT, octets), Captured(_AT, octets[:-20])])
    whole, short = dissect(pcap, tmp_path)
    assert whole.fields["timestamp"] == "Mar  2, 2026 09:00:00.250000000 UTC"
    assert not whole.complaints
    assert short.complaints


def _messages(run: Path) -> list[Message]:
    return [parse_message(each.octets) for each in captured(run)]


def _captured_again(folder: Path, messages: list[Message]) -> list[Frame]:
    pcap = folder / "planted.pcap"
    write_pcap(pcap, [Captured(_AT, message.build()) for message in messages])
    return dissect(pcap, folder)
