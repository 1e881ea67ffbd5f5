"""``message sign`` and ``message verify``: with a drill's keys, and with the published ones."""

import json
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.cli.message.group import app
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.bench.smki import key_files
from firmware_sim.bench.smki.importing import import_pki
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.bench.smki.sources import find
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.identifiers import MessageCode
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.protection import signature_is_valid
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole
from firmware_sim.gbcs.use_cases import CS02A
from tests.bench.smki.old_folders import old_folder

_SEED = 5
_ORDER = """\
use_case: CS02b
mode: supplierBySupplier
device: {type: gsme, entity: "0246531000000000"}
cells: [supplier]
counter: 1795000000000
"""
_COUNTER = 1_795_000_000_000


def invoke(*arguments: str | Path, stdin: str = "") -> Result:
    environment = {"COLUMNS": "200", "NO_COLOR": "1"}
    return CliRunner().invoke(app, [str(each) for each in arguments], input=stdin, env=environment)


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of version 1: its custody keys are files, which a message could be signed with."""
    folder = tmp_path_factory.mktemp("protection") / "pki"
    old_folder(DrillPki.generate(_SEED), folder)
    return folder


@pytest.fixture(scope="module")
def command(pki: Path) -> Message:
    description = pki.parent / "order.yaml"
    description.write_text(_ORDER)
    return parse_message(bytes.fromhex(invoke("build", description, "--pki", pki).stdout))


@pytest.fixture(scope="module")
def drill(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The message files of a drill, complete with keys."""
    folder = tmp_path_factory.mktemp("protection") / "run"
    arguments = ["drill", "run", "root-compromise-contingency", "--seed", str(_SEED)]
    assert run([*arguments, "--with-keys", "--out", str(folder)]) == ExitCode.PASSED
    return folder


def test_every_message_that_a_device_sends_in_a_drill_verifies(pki: Path, drill: Path) -> None:
    files = sorted((drill / "messages").glob("*_from_*.hex"))
    result = invoke("verify", "--json", "--pki", pki, *files)
    assert result.exit_code == ExitCode.PASSED
    assert {row["outcome"] for row in json.loads(result.stdout)} == {"verified"}
    assert len(files) > 40


def test_the_attackers_commands_of_a_drill_have_a_wrong_signature(pki: Path, drill: Path) -> None:
    """The attacker signs as Contingency with the Root key, which is no contingency key."""
    record = json.loads((drill / "record.json").read_text())
    steps = {step["id"] for step in record["steps"] if step["name"].startswith("attack")}
    forged = [
        file
        for message in record["messages"]
        for file in (drill / "messages").glob(f"{message['id']:04d}_*_to_*.hex")
        if message["step"] in steps
    ]
    assert forged
    result = invoke("verify", "--json", "--pki", pki, *forged)
    assert result.exit_code == ExitCode.DEVICE_FAILED
    assert {row["signature"] for row in json.loads(result.stdout)} == {"wrong"}


def _other_payload(message: Message) -> Message:
    return replace(message, payload=message.payload[:-1] + bytes((message.payload[-1] ^ 1,)))


def _other_mac(message: Message) -> Message:
    return replace(message, mac=bytes(12))


@pytest.mark.parametrize("change", [_other_payload, _other_mac])
def test_an_altered_payload_or_mac_is_wrong(
    pki: Path, command: Message, change: Callable[[Message], Message]
) -> None:
    result = invoke("verify", "-", "--pki", pki, stdin=change(command).build().hex())
    assert result.exit_code == ExitCode.DEVICE_FAILED
    assert "wrong" in result.stdout


def test_every_file_gets_a_verdict(pki: Path, command: Message, tmp_path: Path) -> None:
    """One cut at an octet, one within an octet, one that is not there: the others still count."""
    text = command.build().hex()
    contents = {"whole": text, "cut": text[:-10], "odd": text[:-11], "empty": ""}
    files = [tmp_path / name for name in (*contents, "absent")]
    for file, content in zip(files, contents.values(), strict=False):
        file.write_text(content)
    result = invoke("verify", "--json", "--pki", pki, *files)
    assert result.exit_code == ExitCode.DEVICE_FAILED
    rows = {Path(row["file"]).name: row for row in json.loads(result.stdout)}
    assert {name: row["outcome"] for name, row in rows.items()} == {
        "whole": "verified",
        "cut": "malformed",
        "odd": "malformed",
        "empty": "malformed",
        "absent": "unreadable",
    }
    assert "holds no GBCS message" in rows["cut"]["error"]
    shown = invoke("verify", "--pki", pki, *files).stdout
    assert len(shown.strip().splitlines()) == len(files)
    assert "whole: verified" in shown


def test_a_file_that_cannot_be_read_is_a_mistake_of_usage(
    pki: Path, command: Message, tmp_path: Path
) -> None:
    (tmp_path / "whole").write_text(command.build().hex())
    files = (tmp_path / "whole", tmp_path / "absent")
    assert invoke("verify", "--pki", pki, *files).exit_code == ExitCode.USAGE


def test_contingency_is_not_checked_with_a_pki_that_has_no_root(
    pki: Path, drill: Path, tmp_path: Path
) -> None:
    """An imported PKI may have the parties alone; its messages are still judged."""
    source = tmp_path / "source"
    shutil.copytree(pki / "generation-1" / "supplier", source)
    imported = import_pki(find(source, P256Suite()), P256Suite())
    DrillPki(imported.inventory).save(tmp_path / "imported")
    commands = [
        file
        for file in sorted((drill / "messages").glob("*_to_*.hex"))
        if parse_message(bytes.fromhex(file.read_text())).code == 0x0109
    ]
    result = invoke("verify", "--json", "--pki", tmp_path / "imported", *commands)
    assert {row["signature"] for row in json.loads(result.stdout)} == {"not checked: no key"}


def test_a_certificate_verifies_a_signature_and_no_mac(pki: Path, command: Message) -> None:
    text = command.build().hex()
    own = pki / "generation-1" / "supplier" / "DS.pem"
    result = invoke("verify", "-", "--certificate", own, stdin=text)
    assert result.exit_code == ExitCode.PASSED
    assert "(signature verified; MAC not checked: no key)" in result.stdout
    other = pki / "generation-1" / "networkOperator" / "DS.pem"
    result = invoke("verify", "-", "--certificate", other, stdin=text)
    assert result.exit_code == ExitCode.NOTHING_RAN
    assert "not verified" in result.stdout
    several = ("--certificate", other, "--certificate", own)
    assert invoke("verify", "-", *several, stdin=text).exit_code == ExitCode.PASSED


def test_message_verify_takes_exactly_one_source_of_keys(pki: Path, command: Message) -> None:
    text = command.build().hex()
    certificate = pki / "generation-1" / "supplier" / "DS.pem"
    for options in ((), ("--pki", pki, "--certificate", certificate)):
        assert isinstance(invoke("verify", "-", *options, stdin=text).exception, UsageError)


def test_published_messages_verify_with_published_keys(rtds: Path) -> None:
    """By protection: with CA keys of meters unpublished, some MACs cannot be checked."""
    files = sorted((rtds / "messages").rglob("*.HEX"))
    result = invoke("verify", "--json", "--keystore", rtds / "keystore.json", *files)
    rows = json.loads(result.stdout)
    signatures = Counter(row["signature"] for row in rows)
    macs = Counter(row["mac"] for row in rows)
    assert signatures["wrong"] == macs["wrong"] == 0
    messages = [parse_message(bytes.fromhex(file.read_text())) for file in files]
    assert signatures["verified"] == sum(bool(message.signature) for message in messages)
    carried = sum(message.mac is not None for message in messages)
    assert carried - 4 <= macs["verified"] <= carried


def test_signing_a_pre_command_gives_the_command_again(pki: Path, command: Message) -> None:
    """RFC 6979: the same key and octets give the same signature."""
    key = pki / "generation-1" / "supplier" / "DS.key.pem"
    for unsigned in (None, b""):
        text = replace(command, signature=unsigned, mac=None).build().hex()
        result = invoke("sign", "-", "--key", key, "--pki", pki, stdin=text)
        assert bytes.fromhex(result.stdout) == command.build()
        signed = invoke("sign", "-", "--key", key, stdin=text)
        assert bytes.fromhex(signed.stdout) == replace(command, mac=None).build()


def test_published_pre_commands_are_signed_into_their_commands(rtds: Path, tmp_path: Path) -> None:
    """All but the signature's own octets, whose random number is not ours to know."""
    keys = json.loads((rtds / "keystore.json").read_text())
    scalars = {
        each["entity"]: bytes.fromhex(each["private_scalar"])
        for each in keys
        if each["usage"] == "ds" and each.get("private_scalar")
    }
    signed = 0
    for file in sorted((rtds / "messages").rglob("*_PRECOMMAND_*"))[::8]:
        published = Path(str(file).replace("_PRECOMMAND_", "_COMMAND_"))
        scalar = scalars.get(str(parse_message(bytes.fromhex(file.read_text())).originator))
        if scalar is None or not published.exists():
            continue
        key_files.write_key(tmp_path / "key.pem", scalar)
        text = invoke("sign", file, "--key", tmp_path / "key.pem").stdout
        expected = parse_message(bytes.fromhex(published.read_text()))
        ours = parse_message(bytes.fromhex(text))
        assert replace(ours, signature=None) == replace(expected, signature=None, mac=None)
        verified = invoke("verify", "-", "--keystore", rtds / "keystore.json", stdin=text)
        assert "(signature verified;" in verified.stdout
        signed += 1
    assert signed > 3


def test_a_query_is_never_signed_and_given_a_mac(pki: Path, command: Message) -> None:
    query = replace(command, code=CS02A, signature=None, mac=None).build().hex()
    key = pki / "generation-1" / "supplier" / "DS.key.pem"
    assert invoke("sign", "-", "--key", key, stdin=query).exception is None
    error = invoke("sign", "-", "--key", key, "--pki", pki, stdin=query).exception
    assert isinstance(error, UsageError)


def test_protected_messages_and_files_without_a_key_are_not_signed(
    pki: Path, command: Message, tmp_path: Path
) -> None:
    key = pki / "generation-1" / "supplier" / "DS.key.pem"
    certificate = pki / "generation-1" / "supplier" / "DS.pem"
    pre = replace(command, signature=None, mac=None)
    for message, path, words in (
        (command, key, "carries a signature already"),
        (replace(command, signature=b""), key, "carries a MAC already"),
        (pre, certificate, "holds no unencrypted private key"),
        (pre, tmp_path / "none", "cannot read"),
    ):
        error = invoke("sign", "-", "--key", path, stdin=message.build().hex()).exception
        assert isinstance(error, UsageError)
        assert words in str(error)


def _signed_by(message: Message, code: int) -> str:
    pre = replace(message, code=MessageCode(code), signature=None, mac=None)
    return pre.build().hex()


@pytest.mark.parametrize(
    ("code", "key"), [(0x0108, "recovery-1"), (0x0109, "contingency-1"), (0x0102, "recovery-1")]
)
def test_signing_with_a_custody_key_needs_a_decision(
    pki: Path, command: Message, code: int, key: str
) -> None:
    """The message codes of recovery and contingency, or a key from the folder's custody."""
    file = pki / "custody" / f"{key}.key.pem"
    result = invoke("sign", "-", "--key", file, stdin=_signed_by(command, code))
    assert isinstance(result.exception, UsageError)
    assert "need a decision of the SMKI PMA" in str(result.exception)
    assert result.stdout == ""


def test_a_copy_of_a_custody_key_or_a_link_to_it_needs_a_decision_too(
    pki: Path, command: Message, tmp_path: Path
) -> None:
    original = pki / "custody" / "recovery-1.key.pem"
    (tmp_path / "copy.pem").write_bytes(original.read_bytes())
    (tmp_path / "link.pem").symlink_to(original)
    for name, code in (("copy.pem", 0x0108), ("link.pem", 0x0102)):
        text = _signed_by(command, code)
        error = invoke("sign", "-", "--key", tmp_path / name, stdin=text).exception
        assert isinstance(error, UsageError), name


def test_an_imported_key_that_was_never_in_custody_needs_a_decision_too(
    pki: Path, command: Message, tmp_path: Path
) -> None:
    (tmp_path / "manifest.json").write_text("{}")
    (tmp_path / "not-in-custody").mkdir()
    key = tmp_path / "not-in-custody" / "recovery-1.key.pem"
    key.write_bytes((pki / "custody" / "recovery-1.key.pem").read_bytes())
    error = invoke("sign", "-", "--key", key, stdin=_signed_by(command, 0x0102)).exception
    assert isinstance(error, UsageError)
    assert "need a decision of the SMKI PMA" in str(error)


def test_signing_without_a_decision_is_stated_in_text_and_in_json(
    pki: Path, command: Message
) -> None:
    """The signature verifies with the recovery certificate: it was that key that signed."""
    text = _signed_by(command, 0x0108)
    options = ("--key", pki / "custody" / "recovery-1.key.pem", "--no-decision")
    plain = invoke("sign", "-", *options, stdin=text)
    assert plain.exit_code == ExitCode.PASSED
    assert "signed without a decision of the SMKI PMA" in plain.stderr
    document = json.loads(invoke("sign", "-", *options, "--json", stdin=text).stdout)
    assert "signed without a decision of the SMKI PMA" in document["without_decision"]
    assert document["octets"] == plain.stdout.strip()
    signed = parse_message(bytes.fromhex(document["octets"]))
    recovery = DrillPki.load(pki).party(RemotePartyRole.RECOVERY)
    point = recovery.certificate(KeyUsage.DIGITAL_SIGNATURE).public_key
    assert signature_is_valid(signed, point, P256Suite())


def test_an_ordinary_signature_states_no_missing_decision(pki: Path, command: Message) -> None:
    text = replace(command, signature=None, mac=None).build().hex()
    options = ("--key", pki / "generation-1" / "supplier" / "DS.key.pem", "--no-decision")
    result = invoke("sign", "-", *options, "--json", stdin=text)
    assert json.loads(result.stdout)["without_decision"] is None
    assert "decision" not in result.stderr
