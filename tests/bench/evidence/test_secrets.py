"""After a real drill, what people read holds no secret; the record holds all, and says so."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.drills.setup import set_up
from firmware_sim.bench.drills.story_file import load_story
from firmware_sim.bench.smki.custody import CustodyKey
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.policy import Policy
from firmware_sim.machine.image.areas import contents_of, geometry_of, valid_areas
from firmware_sim.machine.image.describe import live_records
from firmware_sim.machine.image.records import DeviceIdentity, DeviceKey

HOLDING_KEYS = {"run.sqlite", "record.json", "messages", "images"}
STORY = "root-compromise-contingency"
SEED = 5


def custody_keys(pki: DrillPki) -> dict[str, bytes]:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return {
        f"{key} {generation}": pki.custody.compromise(key, at, "a test", generation=generation)
        for key in CustodyKey
        for generation in (1, 2)
    }


def device_secrets() -> Iterator[tuple[str, bytes]]:
    setting = set_up(load_story(STORY), premises=1, seed=SEED, policy=Policy())
    for entity, device in setting.devices.items():
        image = device.image()
        geometry = geometry_of(image)
        for record in live_records(valid_areas(geometry, contents_of(image, geometry))[0]):
            if isinstance(record, DeviceKey):
                yield f"{entity} {record.key_usage.short}", record.private_key
            if isinstance(record, DeviceIdentity):
                yield f"{entity} seed", record.seed


@pytest.fixture(scope="module")
def secrets() -> dict[str, bytes]:
    """Everything that a drill with this seed must keep to itself, by name."""
    pki = DrillPki.generate(SEED)
    held = {
        f"{each.label} {each.generation}/{each.issuer_generation}": each.private_key
        for each in pki.holdings
        if each.private_key is not None
    }
    found = held | custody_keys(pki) | dict(device_secrets())
    assert len(held) > 20
    assert len(found) >= len(held) + 6 + 12
    return found


def forms(secret: bytes) -> Iterator[bytes]:
    """How a secret could be written down: raw, hexadecimal, and inside Base64 (also of PEM)."""
    yield secret
    yield secret.hex().encode()
    yield secret.hex().upper().encode()
    for shift in range(3):
        # The characters that depend on what stands before and after are cut off.
        text = base64.b64encode(bytes(shift) + secret + bytes(2))
        yield text[4:-8] if shift else text[:-8]


def leaks(folder: Path, secrets: dict[str, bytes]) -> set[tuple[str, str]]:
    found = set()
    for path in folder.rglob("*"):
        if path.is_file():
            octets = path.read_bytes()
            without_breaks = octets.replace(b"\n", b"")
            for name, secret in secrets.items():
                if any(form in octets or form in without_breaks for form in forms(secret)):
                    found.add((path.relative_to(folder).parts[0], name))
    return found


def drill(folder: Path, *options: str) -> None:
    assert run(["drill", "run", STORY, "--seed", str(SEED), "--out", str(folder), *options]) == 0


def test_what_people_read_of_a_run_holds_no_secret(
    tmp_path: Path, secrets: dict[str, bytes], capfd: pytest.CaptureFixture[str]
) -> None:
    drill(tmp_path / "run")
    printed = "".join(capfd.readouterr())
    (tmp_path / "run" / "printed").write_text(printed, "utf-8")
    found = {place for place, _ in leaks(tmp_path / "run", secrets)}
    assert found <= HOLDING_KEYS
    assert (tmp_path / "run" / "report.html").exists()


def test_the_record_holds_every_key_and_says_so(tmp_path: Path, secrets: dict[str, bytes]) -> None:
    drill(tmp_path / "run")
    found = leaks(tmp_path / "run", secrets)
    symmetric = f"{CustodyKey.SYMMETRIC} 1"
    assert {place for place, name in found if name == symmetric} == HOLDING_KEYS - {"images"}
    devices = {name for place, name in found if place == "images"}
    assert devices >= {name for name, _ in device_secrets()}
    record = json.loads((tmp_path / "run" / "record.json").read_text("utf-8"))
    assert record["run"]["holds_keys"] is True
    page = (tmp_path / "run" / "report.html").read_text("utf-8")
    assert "holds every key of its drill" in page


def test_the_seed_in_the_record_gives_every_secret_so_blanking_would_hide_none(
    tmp_path: Path, secrets: dict[str, bytes]
) -> None:
    drill(tmp_path / "run")
    seed = json.loads((tmp_path / "run" / "record.json").read_text("utf-8"))["run"]["seed"]
    again = custody_keys(DrillPki.generate(seed))
    assert again == {name: secrets[name] for name in again}


@pytest.mark.parametrize("shift", range(3))
def test_the_search_finds_a_secret_inside_base64(tmp_path: Path, shift: int) -> None:
    secret = bytes(range(100, 132))
    text = base64.encodebytes(bytes(33 + shift) + secret + b"what follows")
    (tmp_path / "file.pem").write_bytes(text)
    assert leaks(tmp_path, {"it": secret}) == {("file.pem", "it")}
