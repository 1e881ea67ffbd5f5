"""``message decode``: against a message put together by hand, so that every offset is known."""

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from firmware_sim.bench.cli.message.group import app
from firmware_sim.bench.cli.message.reading import Reading, read_for_people
from firmware_sim.bench.commands.ber import to_der
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.conformance.payloads import payload_type
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.bench.smki.parameters import Parameters
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.certificate_build import CertificateRequest, build_certificate
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.der import minimal_lengths
from firmware_sim.gbcs.distinguished_name import COMMON_NAME, UTF8_STRING, Attribute, Name
from firmware_sim.gbcs.identifiers import CraFlag, EntityId
from firmware_sim.gbcs.message import parse_message
from firmware_sim.gbcs.roles import KeyUsage
from firmware_sim.gbcs.use_cases import CS02D, CS02E, use_case_name

# CS02a from the supplier to an ESME, counter 7, about the root; the payload starts at octet 34.
_HEAD = "df090100000000000000070802465300000000020802465311000000000002" + "0008"
_PAYLOAD = "300e3007020102030207803003020100"
_COMMAND = _HEAD + "10" + _PAYLOAD + "00"
_START = 34


# The first of two blocks of that command.
_BLOCK = (
    "dd09010000000000000007080246530000000002080246531100000000000200080"
    "00e1100000000e0410001000002df09"
)


def invoke(*arguments: str, stdin: bytes | str) -> Result:
    environment = {"COLUMNS": "160", "NO_COLOR": "1"}
    return CliRunner().invoke(app, ["decode", "-", *arguments], input=stdin, env=environment)


def as_json(*arguments: str, stdin: bytes | str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(invoke("--json", *arguments, stdin=stdin).stdout)
    return document


def read(text: str, *, tolerant: bool = False) -> Reading:
    return read_for_people(bytes.fromhex(text), tolerant=tolerant)


def with_payload(payload: str) -> str:
    return _HEAD + f"{len(payload) // 2:02x}" + payload + "00"


def test_json_shows_every_field_of_a_command() -> None:
    document = as_json(stdin=_COMMAND)
    assert document["error"] is None
    assert document["message"] == {
        "use_case": "CS02a",
        "code": "0008",
        "kind": "Command",
        "originator": "0246530000000002",
        "target": "0246531100000000",
        "counter": 7,
        "octets": 51,
        "signature": "empty",
        "mac": "none",
        "payload": {"authorised_by": "supplier.DS", "roles": ["root"]},
    }


def test_the_tree_shows_the_same_fields_as_json() -> None:
    shown = invoke(stdin=_COMMAND).stdout
    assert "CS02a Command, counter 7, 0246530000000002 to 0246531100000000" in shown
    assert "authorised by  supplier.DS" in shown


@pytest.mark.parametrize(
    ("stdin", "form"),
    [
        (_COMMAND.upper(), "hex"),
        (f"\ufeff{_COMMAND[:20]}\r\n\t{_COMMAND[20:]} \n".encode(), "hex"),
        (base64.b64encode(bytes.fromhex(_COMMAND)) + b"\n", "base64"),
        (bytes.fromhex(_COMMAND), "octets"),
    ],
    ids=["upper case", "white space", "base64", "octets"],
)
def test_the_form_of_the_input_is_recognised(stdin: bytes | str, form: str) -> None:
    document = as_json(stdin=stdin)
    assert (document["form"], document["octets"], document["error"]) == (form, 51, None)


@pytest.mark.parametrize(
    ("text", "offset", "words"),
    [
        ("df0904" + _COMMAND[6:], 2, "4 is not a CRA flag"),
        (_COMMAND.replace("0802465311", "0702465311"), 20, "the target has 07 in place of 08"),
        (_COMMAND[:-4], _START, "the payload is cut short"),
        (_COMMAND + "ff", 51, "octets follow the message"),
        ("dd0904" + _BLOCK[6:], 2, "4 is not a CRA flag"),
        (
            _BLOCK[:-2],
            34,
            f"announces {len(_BLOCK) // 2 - 35} octets, and {len(_BLOCK) // 2 - 36} follow",
        ),
        (with_payload("300f" + _PAYLOAD[4:]), _START + 1, "a length of 15, but 14 octets are left"),
        (with_payload("3080" + _PAYLOAD[4:]), _START + 1, "indefinite"),
        (with_payload("30810e" + _PAYLOAD[4:]), _START + 1, "14 in 2 octets, 1 more than needed"),
        (
            with_payload("3011300a02010203020780020100" + _PAYLOAD[22:]),
            _START + 11,
            "a default value is written out",
        ),
        (with_payload(_PAYLOAD.replace("0780", "0640")), _START, "key usage"),
        (with_payload("1f0e" + _PAYLOAD[4:]), _START, "a tag of several octets"),
    ],
)
def test_a_malformed_message_is_reported_with_the_wrong_octet(
    text: str, offset: int, words: str
) -> None:
    problem = read(text).problem
    assert problem is not None
    assert problem.offset == offset
    assert words in problem.reason


def test_a_malformed_message_ends_with_exit_code_1_and_an_excerpt() -> None:
    result = invoke(stdin="df0904" + _COMMAND[6:])
    assert result.exit_code == ExitCode.DEVICE_FAILED
    assert "malformed: 4 is not a CRA flag, at octet 2 [GBCS 7.2]" in result.stdout
    assert "df 09[04]00" in result.stdout
    missing = invoke(stdin=_COMMAND[:4])
    assert missing.stdout.splitlines()[-1].endswith(" df 09 []")
    error = as_json(stdin="df0904" + _COMMAND[6:])["error"]
    assert error["offset"] == 2
    assert error["excerpt"][0] == {"offset": 0, "hex": "df0904" + _COMMAND[6:32]}


@pytest.mark.parametrize(
    ("changed", "offset", "words"),
    [
        ({2: 0x04}, 2, "the MAC header has 04 in place of 00 of dd 00 00 00 00 00 00"),
        ({7: 0x20}, 7, "the MAC header announces 32 octets, and 18 follow"),
        ({7: 0x10}, 7, "the MAC header announces 16 octets, and 17 are the least"),
        ({9: 0x01}, 9, "the security header has 01 in place of 00"),
    ],
)
def test_a_mac_header_that_is_wrong_is_marked_at_the_octet_that_differs(
    changed: dict[int, int], offset: int, words: str
) -> None:
    follow = 16 if changed.get(7) == 16 else 18
    octets = bytearray(bytes.fromhex("dd00000000000012") + b"\x11" + bytes(follow - 1))
    for at, octet in changed.items():
        octets[at] = octet
    problem = read(octets.hex()).problem
    assert problem is not None
    assert (problem.offset, words in problem.reason) == (offset, True), problem


def test_payloads_that_are_not_der_are_read_only_with_tolerant() -> None:
    for payload in ("30810e" + _PAYLOAD[4:], "3011300a02010203020780020100" + _PAYLOAD[22:]):
        strict = invoke(stdin=with_payload(payload))
        assert strict.exit_code == ExitCode.DEVICE_FAILED
        assert "--tolerant" in strict.stdout
        tolerant = as_json("--tolerant", stdin=with_payload(payload))
        assert tolerant["error"] is None
        assert len(tolerant["not_der"]) == 1
        assert tolerant["message"]["payload"] == {"authorised_by": "supplier.DS", "roles": ["root"]}


def test_a_value_other_than_the_default_stays_when_der_is_restored() -> None:
    payload = bytes.fromhex("300a02010203020308020101")
    assert to_der(payload) == (payload, [])


_BEHALF = "90b3d51f30010000" + "00000000000003ec"  # a party, and its counter 1004


def _on_behalf(more: str) -> str:
    """The command with supplementary fields behind its code, as GBCS 7.2.7 places them."""
    information = "0008" + _BEHALF + more
    return _HEAD[:-6] + f"{len(information) // 2:02x}" + information + "10" + _PAYLOAD + "00"


def test_the_supplementary_counters_are_told() -> None:
    fields = as_json(stdin=_on_behalf("00000000000007d2"))["message"]
    assert fields["on_behalf_of"] == "90b3d51f30010000"
    assert fields["on_behalf_of_counter"] == 1004
    assert fields["on_behalf_of_originator_counter"] == 2002
    assert "on_behalf_of_originator_counter" not in as_json(stdin=_on_behalf(""))["message"]


def test_the_supplementary_certificate_is_told(rtds: Path) -> None:
    """ECS21b of a party that the device does not know; the response has the counter instead."""
    name = "messages/4.14_ECS21b/ECS21b_4.14_URP_SUCCESS_{}_GBCS.HEX"
    command = as_json(stdin=(rtds / name.format("COMMAND")).read_text())["message"]
    assert command["on_behalf_of_certificate"]["octets"] == 406
    assert "90b3d51f30010000" in command["on_behalf_of_certificate"]["subject"]
    response = as_json(stdin=(rtds / name.format("RESPONSE")).read_text())["message"]
    assert response["on_behalf_of_originator_counter"] == 2002


def test_the_device_of_a_certificate_is_told() -> None:
    """CS02d brings one, CS02e answers with one; its subject is empty (GBCS 12)."""
    device = EntityId.parse("0246531100000000")
    certificate = DrillPki.generate(5).issue_device(device, KeyUsage.DIGITAL_SIGNATURE)[1]
    common = parse_message(bytes.fromhex(_COMMAND))
    for code, cra in ((CS02D, CraFlag.COMMAND), (CS02E, CraFlag.RESPONSE)):
        message = replace(common, cra=cra, code=code, payload=certificate)
        payload = as_json(stdin=message.build())["message"]["payload"]
        assert payload["device"] == "0246531100000000"
        assert payload["octets"] == len(certificate)


def test_the_published_certificate_of_a_device_names_it(rtds: Path) -> None:
    file = rtds / "messages" / "6.15.2_CS02d" / "CS02d_6.15.2_SUCCESS_COMMAND_GBCS.HEX"
    payload = as_json("--tolerant", stdin=file.read_text())["message"]["payload"]
    assert payload["device"] == "00db1234567890a0"


def test_control_characters_in_a_name_are_shown_escaped() -> None:
    """ESC [ 2J would clear the screen, U+009B is the same in one character (ECMA-48)."""
    name = Name.build([Attribute(COMMON_NAME, UTF8_STRING, "\x1b[2Jroot\u009b31m [bold]".encode())])
    request = CertificateRequest(
        serial=1,
        issuer=name,
        subject=name,
        not_before=Parameters().not_before,
        not_after=Parameters().party_not_after,
        public_key=P256Suite().public_key(bytes(31) + b"\1"),
        key_usages=frozenset({0}),
        policies=(Parameters().organisation_policy,),
    )
    certificate = build_certificate(request, bytes(31) + b"\1", P256Suite())
    common = parse_message(bytes.fromhex(_COMMAND))
    message = replace(common, code=CS02D, payload=certificate).build()
    for shown in (invoke(stdin=message).stdout, invoke("--json", stdin=message).stdout):
        assert "\x1b" not in shown
        assert "\u009b" not in shown
    assert "\\x1b[2Jroot\\x9b31m [bold]" in invoke(stdin=message).stdout


def test_a_block_of_a_block_transfer_is_shown_as_a_block() -> None:
    reading = read(_BLOCK)
    assert reading.problem is None
    assert reading.headline.startswith("block 1 of a CS02a Command, counter 7")
    assert reading.fields is not None
    shown = {name: reading.fields[name] for name in ("block", "last", "streaming", "data_octets")}
    assert shown == {"block": 1, "last": False, "streaming": True, "data_octets": 2}


def test_the_payload_of_an_unknown_use_case_stays_opaque() -> None:
    reading = read(_COMMAND.replace("0008" + "10", "0062" + "10"))
    assert reading.problem is None
    assert reading.fields is not None
    assert reading.fields["use_case"] == "ECS70"
    assert reading.fields["payload"] == {"opaque_octets": 16, "hex": _PAYLOAD}


@pytest.mark.parametrize("stdin", [b"", b" \n", b"no message at all!"])
def test_input_in_no_known_form_is_a_usage_error(stdin: bytes) -> None:
    result = invoke(stdin=stdin)
    assert isinstance(result.exception, UsageError)
    assert "\n" not in str(result.exception)


def test_altered_octets_never_break_the_reader() -> None:
    whole = bytes.fromhex(_COMMAND)
    for at in range(len(whole)):
        for changed in (whole[:at], whole[:at] + bytes((whole[at] ^ 0x81,)) + whole[at + 1 :]):
            for tolerant in (False, True):
                problem = read_for_people(changed, tolerant=tolerant).problem
                assert problem is None or 0 <= problem.offset <= len(changed)


def test_every_reference_message_is_read(rtds: Path) -> None:
    """Those that are not DER with tolerance only, and then as the shortest lengths say."""
    files = sorted((rtds / "messages").rglob("*.HEX"))
    assert files
    for file in files:
        octets = bytes.fromhex(file.read_text())
        message = parse_message(octets)
        reading = read_for_people(octets, tolerant=True)
        assert reading.problem is None, (file.name, reading.problem)
        assert reading.fields is not None
        assert reading.fields["use_case"] == use_case_name(message.code)
        if payload_type(message) is None:
            continue
        minimal = minimal_lengths(message.payload)
        assert to_der(message.payload)[0] == minimal
        is_strict = read_for_people(octets, tolerant=False).problem is None
        assert is_strict is (minimal == message.payload)
        assert "opaque_octets" not in str(reading.fields["payload"])
