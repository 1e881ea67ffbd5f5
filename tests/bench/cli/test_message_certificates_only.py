"""An imported PKI that knows a device from its certificates alone: no keys, no Issuing DCA."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from firmware_sim.bench.cli.message.group import app
from firmware_sim.bench.smki.holdings import Holding, PkiError
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.devices.profiles import profile_of
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import parse_message
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.protection import mac_is_valid
from firmware_sim.gbcs.roles import DeviceType, KeyUsage, RemotePartyRole

DEVICE = EntityId.parse("0246531100000000")
UPDATE = (
    'use_case: CS02b\nmode: supplierBySupplier\ncells: ["supplier"]\ninstall: 2\n'
    f'device: {{type: esme, entity: "{DEVICE}"}}\n'
)
KA, DS = KeyUsage.KEY_AGREEMENT, KeyUsage.DIGITAL_SIGNATURE


def invoke(*arguments: str | Path, stdin: str = "") -> Result:
    environment = {"COLUMNS": "200", "NO_COLOR": "1"}
    return CliRunner().invoke(app, [str(each) for each in arguments], input=stdin, env=environment)


def imported(folder: Path, *usages: KeyUsage) -> Path:
    """A PKI with the device's certificates for these usages, as `pki import` leaves one."""
    whole = DrillPki.generate(4)
    of_device = tuple(
        Holding(
            parse_certificate(whole.issue_device(DEVICE, usage)[1]), CertificateKind.DEVICE, 1, 1
        )
        for usage in usages
    )
    kept = tuple(each for each in whole.holdings if each.kind is not CertificateKind.ISSUING_DCA)
    inventory = replace(whole.inventory, holdings=kept + of_device, device_seed=None)
    DrillPki(inventory).save(folder)
    return folder


@pytest.fixture
def pki(tmp_path: Path) -> Path:
    return imported(tmp_path / "pki", KA, DS)


def read_back(pki: Path) -> Result:
    return invoke("read-back", "--pki", pki, "--type", "esme", "--entity", str(DEVICE))


def test_a_read_back_carries_the_mac_that_the_device_expects(pki: Path) -> None:
    message = parse_message(bytes.fromhex(read_back(pki).stdout))
    # From the other side: the device's private key with the Broker's public key.
    whole, suite = DrillPki.generate(4), P256Suite()
    broker = whole.party(RemotePartyRole.ACCESS_CONTROL_BROKER).certificate(KA).public_key
    secret = suite.agree(whole.issue_device(DEVICE, KA)[0], broker)
    assert mac_is_valid(message, secret, suite)


def test_an_update_is_built_and_verified(pki: Path, tmp_path: Path) -> None:
    order, command = tmp_path / "order.yaml", tmp_path / "command.hex"
    order.write_text(UPDATE)
    built = invoke("build", order, "--pki", pki, "--out", command)
    assert (built.exit_code, built.stderr) == (0, "")
    [verdict] = json.loads(invoke("verify", command, "--pki", pki, "--json").stdout)
    assert (verdict["signature"], verdict["mac"]) == ("verified", "verified")


def test_without_a_signing_certificate_one_line_says_what_cannot_be_verified(
    tmp_path: Path,
) -> None:
    result = read_back(imported(tmp_path / "pki", KA))
    assert result.exit_code == 0
    assert result.stderr == (
        f"no digitalSignature certificate of ESME {DEVICE}: its signatures cannot be verified\n"
    )


def test_without_the_agreement_certificate_there_is_no_mac_and_one_line_says_why(
    tmp_path: Path,
) -> None:
    error = read_back(imported(tmp_path / "pki", DS)).exception
    assert isinstance(error, PkiError)
    assert "a MAC needs the keyAgreement certificate of the device" in str(error)


def test_a_device_that_is_not_known_cannot_be_provisioned(pki: Path) -> None:
    with pytest.raises(PkiError, match="no DS key of device"):
        DrillPki.load(pki).issue_device(DEVICE, DS)


def test_every_cell_of_the_profile_is_addressed(pki: Path) -> None:
    shown = json.loads(invoke("decode", "-", "--json", stdin=read_back(pki).stdout).stdout)
    roles = {cell.role for cell in profile_of(DeviceType.ESME, Policy()).cells}
    assert len(shown["message"]["payload"]["roles"]) == len(roles)
