"""Many new devices of the engine in one call, from what one of them is like."""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from firmware_sim.hw.engine.device import EngineDevice, RawRecord
from firmware_sim.hw.engine.errors import EngineError
from firmware_sim.hw.engine.library import EngineLibrary

_OWN_CERTIFICATES = 2


class CertificateTemplate(NamedTuple):
    """The TBSCertificate of one device's certificate; what is each device's own is written over.

    Attributes:
        serial, public_key, key_identifier, entity: what stands in it there now, each once: 16, 65,
            8 and 8 octets.
        key_usage: number of its bit.
    """

    tbs: bytes
    serial: bytes
    public_key: bytes
    key_identifier: bytes
    entity: bytes
    key_usage: int


@dataclass(frozen=True, slots=True)
class Factory:
    """What makes a device of one type.

    Attributes:
        pki_seed: 32 octets from which keys and serial numbers are drawn.
        device_seed: 32 octets from which a device's own randomness is drawn.
        issuer: 32-octet scalar that signs the certificates.
        own: the templates of the two certificates.
        records: those that all devices have.
    """

    device_type: int
    pki_seed: bytes = field(repr=False)
    device_seed: bytes = field(repr=False)
    issuer: bytes = field(repr=False)
    own: tuple[CertificateTemplate, CertificateTemplate]
    records: tuple[RawRecord, ...]


class _Template(ctypes.Structure):
    _fields_ = (
        ("tbs", ctypes.c_char_p),
        ("length", ctypes.c_size_t),
        ("serial_at", ctypes.c_size_t),
        ("public_key_at", ctypes.c_size_t),
        ("key_identifier_at", ctypes.c_size_t),
        ("entity_at", ctypes.c_size_t),
        ("key_usage", ctypes.c_uint8),
        ("labels", ctypes.c_char_p),
        ("label_octets", ctypes.c_size_t),
    )


class _Factory(ctypes.Structure):
    _fields_ = (
        ("device_type", ctypes.c_uint8),
        ("pki_seed", ctypes.c_char_p),
        ("device_seed", ctypes.c_char_p),
        ("issuer", ctypes.c_char_p),
        ("own", _Template * _OWN_CERTIFICATES),
        ("records", ctypes.c_char_p),
        ("records_octets", ctypes.c_size_t),
    )


def manufacture_all(
    library: EngineLibrary,
    factory: Factory,
    devices: Sequence[EngineDevice],
    entities: Sequence[bytes],
    labels: tuple[Sequence[str], Sequence[str]],
) -> None:
    """Give every device its keys, its certificates and its first image; it stays off.

    Args:
        entities: Entity Identifiers of 8 octets.
        labels: for each certificate, of every device the text that its key and serial number are
            drawn from; all of one length.

    Raises:
        EngineError: a template is ambiguous, or a device does not get its image.
    """
    templates = [
        _packed(template, [text.encode() for text in texts])
        for template, texts in zip(factory.own, labels, strict=True)
    ]
    records = b"".join(record.packed() for record in factory.records)
    packed = _Factory(
        factory.device_type,
        factory.pki_seed,
        factory.device_seed,
        factory.issuer,
        (_Template * _OWN_CERTIFICATES)(*templates),
        records,
        len(records),
    )
    handles = (ctypes.c_void_p * len(devices))(*(device.handle for device in devices))
    made = library.manufacture_all(ctypes.byref(packed), handles, len(devices), b"".join(entities))
    if made != len(devices):
        raise EngineError(f"device {made} of {len(devices)} does not get its first image")


def _packed(template: CertificateTemplate, labels: Sequence[bytes]) -> _Template:
    if len({len(label) for label in labels}) != 1:
        raise EngineError("the labels of a factory are not of one length")
    return _Template(
        template.tbs,
        len(template.tbs),
        *(
            _place(template.tbs, part)
            for part in (
                template.serial,
                template.public_key,
                template.key_identifier,
                template.entity,
            )
        ),
        template.key_usage,
        b"".join(labels),
        len(labels[0]),
    )


def _place(tbs: bytes, part: bytes) -> int:
    if tbs.count(part) != 1:
        raise EngineError("a certificate is no template: what should stand in it once does not")
    return tbs.index(part)
