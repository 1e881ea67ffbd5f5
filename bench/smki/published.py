"""The two files in which a test PKI is published with a reference set: its keys, its issuers."""

from codecs import BOM_UTF8
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, Field, TypeAdapter, ValidationError

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.files.documentation import page
from firmware_sim.bench.smki.boxed import BoxedStore, flattened
from firmware_sim.gbcs.crypto import SCALAR_OCTETS
from firmware_sim.gbcs.distinguished_name import (
    COMMON_NAME,
    ORGANISATIONAL_UNIT,
    PRINTABLE_STRING,
    Attribute,
    Name,
)
from firmware_sim.gbcs.errors import GbcsError
from firmware_sim.gbcs.path import Anchor

KEYS_FILE = "keystore.json"
ISSUERS_FILE = "issuers.json"
ROOT_KIND = "Root OCA"
ISSUING_KIND = "Issuing OCA"

_TOP_UP = "pp-ka"
_MAX_OCTETS = 2**24
_ATTRIBUTES = {"CN": COMMON_NAME, "OU": ORGANISATIONAL_UNIT}

T = TypeVar("T")


def _octets(value: object) -> object:
    return bytes.fromhex(value) if isinstance(value, str) else value


def _scalar(value: object) -> object:
    octets = _octets(value)
    return octets.rjust(SCALAR_OCTETS, b"\0") if isinstance(octets, bytes) else octets


HexOctets = Annotated[bytes, BeforeValidator(_octets)]
HexScalar = Annotated[bytes, BeforeValidator(_scalar)]


class KeyEntry(BaseModel):
    """One entry of the keys file; the scalar has 32 octets, leading zeros may be left out.

    Attributes:
        certificate: DER; empty if the entry has none, or none that can be read.
        name: free text that tells entries of one entity and usage apart.
        problem: what of the entry could not be read; empty if all was.
    """

    entity: str
    usage: str
    certificate: HexOctets
    private_scalar: HexScalar | None = Field(default=None, repr=False)
    name: str = ""
    problem: str = ""

    @property
    def label(self) -> str:
        """What the entry says it is."""
        return f"{self.entity} {self.usage}{' ' if self.name else ''}{self.name}"

    @property
    def is_top_up(self) -> bool:
        """Whether the key is for prepayment top-up, which no certificate says."""
        return self.usage == _TOP_UP


class Issuer(BaseModel, frozen=True):
    """One entry of the issuers file: a certificate authority known by its public key only.

    `name` is a subject such as ``OU=00, CN=ZA``; `public_point` has 65 octets.
    """

    name: str
    kind: str
    key_identifier: HexOctets
    public_point: HexOctets

    def anchor(self) -> Anchor:
        """The trust anchor that it makes.

        Raises:
            UsageError: its name has another form than ``OU=00, CN=ZA``.
        """
        try:
            attributes = [
                Attribute(_ATTRIBUTES[label], PRINTABLE_STRING, value.encode())
                for label, value in (part.split("=", 1) for part in self.name.split(", "))
            ]
            name = Name.build(attributes)
        except (KeyError, ValueError, GbcsError):
            problem = f"the issuer's name {self.name!r} has another form than 'OU=00, CN=ZA'"
            raise UsageError(problem, "correct the issuers file") from None
        return Anchor(name, self.public_point, self.key_identifier)


def read_keys(path: Path) -> Sequence[KeyEntry]:
    """Read a keys file, as of a reference set (a list) or as of DCC Boxed (an object).

    Raises:
        UsageError: it is neither; the text names the entry, never its value.
    """
    raw = _octets_of(path)
    if not raw.lstrip().startswith(b"{"):
        return _validated(raw, path, TypeAdapter(list[KeyEntry]))
    store = _validated(raw, path, TypeAdapter(BoxedStore), "DCC Boxed")
    if not store:
        raise UsageError(f"{path} is an empty object and no key store", f"see {page('smki')}")
    return [KeyEntry.model_validate(each) for each in flattened(store)]


def read_issuers(path: Path) -> Sequence[Issuer]:
    """Read an issuers file; UsageError as for `read_keys`."""
    return _validated(_octets_of(path), path, TypeAdapter(list[Issuer]))


def _octets_of(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise UsageError(f"{path} is not a regular file", "name a key store")
        with path.open("rb") as file:
            raw = file.read(_MAX_OCTETS + 1)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}", "check its permissions"
        ) from error
    if len(raw) > _MAX_OCTETS:
        raise UsageError(f"{path} has over {_MAX_OCTETS} octets", "name a key store")
    return raw.removeprefix(BOM_UTF8)


def _validated(
    raw: bytes, path: Path, adapter: TypeAdapter[T], whose: str = "a reference set"
) -> T:
    try:
        return adapter.validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or "the file"
        problem = f"{path} is not in the format of {whose}: {where}: {first['msg']}"
        raise UsageError(problem, f"see {page('smki')}") from None
