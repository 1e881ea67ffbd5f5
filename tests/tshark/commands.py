"""Commands as `message build` makes them, for one ESME."""

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from typer.testing import CliRunner

from firmware_sim.bench.cli.message.group import app
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import KeyUsage

SEED = 7
ENTITY = EntityId.parse("0246531100000000")
_DEVICE = f'device: {{type: esme, entity: "{ENTITY}"}}'


def built(pki: Path, folder: Path, use_case: str, order: str) -> bytes:
    der = DrillPki.load(pki).issue_device(ENTITY, KeyUsage.KEY_AGREEMENT)[1]
    pem = folder / "device.pem"
    pem.write_bytes(x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM))
    description = folder / f"{use_case}.yaml"
    text = f"use_case: {use_case}\n{_DEVICE}\n{order}\n".replace("CERTIFICATE", str(pem))
    description.write_text(text)
    result = CliRunner().invoke(app, ["build", str(description), "--pki", str(pki)])
    assert result.exception is None, result.exception
    return bytes.fromhex(result.stdout)
