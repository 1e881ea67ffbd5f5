"""Custody as a folder: a subfolder of shares for each Key Custodian, and no key.

Folders of earlier versions hold the keys as files. They are read as they are; what was imported
is kept so to this day, for it was never in custody.
"""

from pathlib import Path
from typing import Final, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.smki import key_files
from firmware_sim.bench.smki.custody_events import CustodyKey
from firmware_sim.bench.smki.key_shares import KeyName, KeyShares
from firmware_sim.bench.smki.shares import Custodians
from firmware_sim.gbcs.crypto import CryptoSuite

ROSTER: Final = "custodians.json"
"""Says how many custodians there are, and how many must come together."""

_SHARE: Final = ".share"
_IMPORTED_README: Final = """\
Recovery and Contingency keys that were imported with a PKI. They were never in custody: who has
the files has the keys. firmware-sim signs with them in message sign --no-decision only.
"""


class _Roster(BaseModel):
    model_config = ConfigDict(extra="forbid")

    needed: int = Field(ge=1, le=16)
    total: int = Field(ge=1, le=16)


class FetchedKeys(NamedTuple):
    """What a folder holds.

    Attributes:
        in_files: whether the keys are files, as earlier versions and imports have them.
    """

    keys: KeyShares
    in_files: bool


def deposit_shares(keys: KeyShares, path: Path) -> None:
    """Write the shares into a new folder of mode 0700; see `fetch`."""
    custodians = keys.custodians or Custodians()
    keys.entrust(custodians)
    key_files.new_folder(path, key_files.CUSTODY_README)
    roster = _Roster(needed=custodians.needed, total=custodians.total)
    (path / ROSTER).write_text(roster.model_dump_json() + "\n", encoding="utf-8")
    for custodian in custodians.names:
        (path / custodian).mkdir(mode=0o700)
    for key, generation in keys:
        for custodian, share in keys.shares((key, generation)).items():
            key_files.write_words(path / custodian / f"{key}-{generation}{_SHARE}", share)


def deposit_keys(keys: KeyShares, path: Path) -> None:
    """Write keys that are not in custody as files, into a new folder of mode 0700."""
    key_files.new_folder(path, _IMPORTED_README)
    for key, generation in keys:
        octets = keys.copy((key, generation))
        if key is CustodyKey.SYMMETRIC:
            key_files.write_hex(path / f"{key}-{generation}.hex", octets)
        else:
            key_files.write_key(path / f"{key}-{generation}.key.pem", octets)


def fetch(path: Path, suite: CryptoSuite) -> FetchedKeys:
    """The keys of a folder; keys that are not there are not held.

    Raises:
        UsageError: the roster, a share or a key file is damaged, or too few shares are left.
    """
    if (path / ROSTER).is_file():
        return FetchedKeys(_fetch_shares(path, suite), in_files=False)
    keys: dict[KeyName, bytes] = {}
    for file in sorted(path.glob("*-[0-9].*")):
        name = _name_of(file)
        if name is not None:
            is_symmetric = name[0] is CustodyKey.SYMMETRIC
            keys[name] = key_files.read_hex(file) if is_symmetric else key_files.read_key(file)
    return FetchedKeys(KeyShares(keys, suite), in_files=True)


def _fetch_shares(path: Path, suite: CryptoSuite) -> KeyShares:
    custodians = _read_roster(path / ROSTER)
    shares: dict[KeyName, dict[str, str]] = {}
    for custodian in custodians.names:
        for file in sorted((path / custodian).glob(f"*-[0-9]{_SHARE}")):
            name = _name_of(file)
            if name is not None:
                shares.setdefault(name, {})[custodian] = key_files.read_words(file)
    for (key, generation), held in shares.items():
        if len(held) < custodians.needed:
            problem = f"{path}: {len(held)} shares of {key} {generation}, not {custodians.needed}"
            raise UsageError(problem, "bring the folders of the other custodians back")
    return KeyShares({}, suite, shares=shares, custodians=custodians)


def _read_roster(path: Path) -> Custodians:
    try:
        roster = _Roster.model_validate_json(key_files.read_octets(path))
    except ValidationError as error:
        raise UsageError(f"{path} names no custodians", "make the PKI again") from error
    if roster.needed > roster.total:
        raise UsageError(f"{path}: {roster.needed} of {roster.total} custodians", "correct it")
    return Custodians(roster.needed, roster.total)


def _name_of(file: Path) -> KeyName | None:
    name, _, generation = file.name.split(".")[0].rpartition("-")
    return (CustodyKey(name), int(generation)) if name in set(CustodyKey) else None
