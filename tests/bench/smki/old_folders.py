"""PKI folders as version 1 wrote them: the keys of custody stand in files."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from shutil import rmtree

from firmware_sim.bench.smki import key_files
from firmware_sim.bench.smki.custody import CustodyKey
from firmware_sim.bench.smki.pki import DrillPki


def old_custody(path: Path, keys: Mapping[tuple[CustodyKey, int], bytes]) -> None:
    path.mkdir()
    for (key, generation), octets in keys.items():
        if key is CustodyKey.SYMMETRIC:
            key_files.write_hex(path / f"{key}-{generation}.hex", octets)
        else:
            key_files.write_key(path / f"{key}-{generation}.key.pem", octets)


def custody_keys(pki: DrillPki) -> dict[tuple[CustodyKey, int], bytes]:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return {
        (key, generation): pki.custody.compromise(key, at, "a test", generation=generation)
        for key in CustodyKey
        for generation in (1, 2)
    }


def old_folder(pki: DrillPki, path: Path) -> None:
    pki.save(path)
    rmtree(path / "custody")
    old_custody(path / "custody", custody_keys(pki))
    manifest = json.loads((path / "manifest.json").read_text("utf-8"))
    (path / "manifest.json").write_text(json.dumps(manifest | {"format": 1}), encoding="utf-8")
