"""The firmware's certificate code in a host library, and what it says beside the Python's words."""

import ctypes
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from firmware_sim.gbcs import certificate_extensions as known
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.certificates import Certificate
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.path import Anchor
from firmware_sim.gbcs.roles import KeyUsage

KINDS = (
    CertificateKind.ROOT_OCA,
    CertificateKind.ORGANISATION,
    CertificateKind.DEVICE,
)
"""In the order of `enum certificate_kind`."""

EXTENSIONS = (
    known.KEY_USAGE,
    known.SUBJECT_KEY_IDENTIFIER,
    known.SUBJECT_ALT_NAME,
    known.BASIC_CONSTRAINTS,
    known.CERTIFICATE_POLICIES,
    known.AUTHORITY_KEY_IDENTIFIER,
    known.WRAPPED_APEX_CONTINGENCY_KEY,
)
"""In the order of `enum known_extension`."""

Said = dict[str, Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_PATH_LENGTH = 2**31 - 1


class _Octets(ctypes.Structure):
    _fields_ = [("at", ctypes.c_void_p), ("length", ctypes.c_size_t)]

    @property
    def value(self) -> bytes | None:
        return None if self.at is None else ctypes.string_at(self.at, self.length)


class _Certificate(ctypes.Structure):
    """`struct certificate`."""

    _fields_ = [
        ("octets", _Octets),
        ("tbs", _Octets),
        ("serial", _Octets),
        ("issuer", _Octets),
        ("subject", _Octets),
        ("not_before", ctypes.c_int64),
        ("not_after", ctypes.c_int64),
        ("public_key", ctypes.c_void_p),
        ("key_identifier", _Octets),
        ("authority_key_identifier", _Octets),
        ("policies", _Octets),
        ("device_entity", _Octets),
        ("wrapped_contingency_key", _Octets),
        ("path_length", ctypes.c_int32),
        ("policy_count", ctypes.c_uint16),
        ("key_usages", ctypes.c_uint16),
        ("present", ctypes.c_uint8),
        ("critical", ctypes.c_uint8),
        ("unknown_critical", ctypes.c_bool),
        ("is_ca", ctypes.c_bool),
        ("has_signature", ctypes.c_bool),
        ("has_unique_id", ctypes.c_bool),
        ("role", ctypes.c_int16),
        ("unique_id", ctypes.c_uint8 * 8),
        ("signature", ctypes.c_uint8 * 64),
    ]


class _Anchor(ctypes.Structure):
    _fields_ = [
        ("subject", _Octets),
        ("public_key", ctypes.c_char_p),
        ("key_identifier", ctypes.c_char_p),
    ]


class _Path(ctypes.Structure):
    _fields_ = [
        ("count", ctypes.c_size_t),
        ("certificates", ctypes.POINTER(_Certificate) * 5),
    ]


class _Writer(ctypes.Structure):
    _fields_ = [
        ("at", ctypes.c_void_p),
        ("capacity", ctypes.c_size_t),
        ("length", ctypes.c_size_t),
        ("overflowed", ctypes.c_bool),
    ]


class Parsed:
    """A certificate as the firmware read it; it looks into `octets`, which live as long."""

    def __init__(self, octets: bytes) -> None:
        self.octets = ctypes.create_string_buffer(octets, len(octets))
        self.fields = _Certificate()
        # What was there before, as in the firmware's own arrays.
        ctypes.memset(ctypes.byref(self.fields), 0xA5, ctypes.sizeof(self.fields))

    def said(self) -> Said:
        """Every field, in the words of `said_by_python`."""
        fields = self.fields
        return {
            "tbs": fields.tbs.value,
            "signature": bytes(fields.signature) if fields.has_signature else b"",
            "serial": int.from_bytes(fields.serial.value, "big", signed=True),
            "issuer": fields.issuer.value,
            "subject": fields.subject.value,
            "not before": _EPOCH + timedelta(seconds=fields.not_before),
            "not after": _EPOCH + timedelta(seconds=fields.not_after),
            "public key": ctypes.string_at(fields.public_key, 65),
            "key identifier": fields.key_identifier.value or b"",
            "authority": fields.authority_key_identifier.value,
            "usages": {bit for bit in range(16) if fields.key_usages >> bit & 1},
            "present": {oid for bit, oid in enumerate(EXTENSIONS) if fields.present >> bit & 1},
            "critical": {oid for bit, oid in enumerate(EXTENSIONS) if fields.critical >> bit & 1},
            "unknown critical": fields.unknown_critical,
            "is CA": fields.is_ca,
            "path length": None if fields.path_length < 0 else fields.path_length,
            "policies": fields.policy_count,
            "device": fields.device_entity.value,
            "contingency": fields.wrapped_contingency_key.value,
            "role": None if fields.role < 0 else fields.role,
            "unique id": bytes(fields.unique_id) if fields.has_unique_id else None,
        }


def said_by_python(certificate: Certificate) -> Said:
    """Every field of a certificate that the firmware knows too."""
    length = certificate.path_length
    extensions = certificate.extensions
    return {
        "tbs": certificate.tbs,
        "signature": certificate.signature,
        "serial": certificate.serial,
        "issuer": certificate.issuer.octets,
        "subject": certificate.subject.octets,
        "not before": certificate.not_before,
        "not after": certificate.not_after,
        "public key": certificate.public_key,
        "key identifier": certificate.key_identifier,
        "authority": certificate.authority_key_identifier,
        "usages": set(certificate.key_usages),
        "present": {oid for oid in extensions if oid in EXTENSIONS},
        "critical": {oid for oid, flag in extensions.items() if flag and oid in EXTENSIONS},
        "unknown critical": bool(certificate.unknown_critical),
        "is CA": certificate.is_ca,
        "path length": None if length is None else min(length, _LONGEST_PATH_LENGTH),
        "policies": len(certificate.policies),
        "device": certificate.device_entity_id,
        "contingency": certificate.wrapped_contingency_key,
        "role": None if certificate.subject_role is None else int(certificate.subject_role),
        "unique id": certificate.subject_unique_id,
    }


class CertificatesInC:
    """hw/firmware/gbcs/{certificate,name,path,contingency,certification_request}.c, called."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        for name in (
            "certificate_parse",
            "certificate_conforms",
            "certificate_serves",
            "names_match",
            "name_read",
            "contingency_unwrap",
            "path_validate",
            "path_is_signed_by",
        ):
            getattr(library, name).restype = ctypes.c_bool
        for name in ("signature_facts_forget", "certification_request_put"):
            getattr(library, name).restype = None

    def parse(self, octets: bytes) -> Parsed | None:
        """None if it refuses."""
        parsed = Parsed(octets)
        view = _Octets(ctypes.addressof(parsed.octets), len(octets))
        accepted = self._library.certificate_parse(view, ctypes.byref(parsed.fields))
        return parsed if accepted else None

    def conforms(self, parsed: Parsed) -> set[CertificateKind]:
        """The kinds whose profile it keeps."""
        return {
            kind
            for at, kind in enumerate(KINDS)
            if self._library.certificate_conforms(ctypes.byref(parsed.fields), at)
        }

    def serves(self, parsed: Parsed) -> set[KeyUsage]:
        return {
            usage
            for usage in KeyUsage
            if self._library.certificate_serves(
                ctypes.byref(parsed.fields), ctypes.c_uint8(usage.value)
            )
        }

    def names_match(self, one: bytes, other: bytes) -> bool:
        return bool(self._library.names_match(_view(one), _view(other)))

    def is_signed_by(self, parsed: Parsed, issuer_key: bytes) -> bool:
        return bool(self._library.path_is_signed_by(ctypes.byref(parsed.fields), issuer_key))

    def validate(
        self, certificate: Parsed, intermediates: Sequence[Parsed], anchor: Anchor
    ) -> tuple[bytes, ...] | None:
        """The octets of the certificates in the path; None if there is none."""
        array = (_Certificate * len(intermediates))(*(each.fields for each in intermediates))
        subject = _view(anchor.subject.octets)
        root = _Anchor(subject, anchor.public_key, anchor.key_identifier)
        path = _Path()
        trusted = self._library.path_validate(
            ctypes.byref(certificate.fields),
            array,
            ctypes.c_size_t(len(intermediates)),
            ctypes.byref(root),
            ctypes.byref(path),
        )
        if not trusted:
            return None
        return tuple(each.contents.octets.value for each in path.certificates[: path.count])

    def forget(self) -> None:
        self._library.signature_facts_forget()

    def unwrap(self, apex: bytes, symmetric_key: bytes) -> bytes | None:
        """The contingency public key, or None."""
        point = ctypes.create_string_buffer(65)
        opened = self._library.contingency_unwrap(_view(apex), _view(symmetric_key), point)
        return point.raw if opened else None

    def request(
        self, private_key: bytes, public_key: bytes, usage: KeyUsage, entity: EntityId
    ) -> bytes:
        """A certification request."""
        room = ctypes.create_string_buffer(512)
        writer = _Writer(ctypes.addressof(room), len(room), 0, False)
        self._library.certification_request_put(
            ctypes.byref(writer),
            private_key,
            public_key,
            ctypes.c_uint8(usage.value),
            bytes(entity),
        )
        assert not writer.overflowed
        return room.raw[: writer.length]


def _view(octets: bytes) -> _Octets:
    # A copy that the view keeps alive: ctypes holds what a structure's field was given.
    buffer = ctypes.create_string_buffer(octets, len(octets))
    view = _Octets(ctypes.addressof(buffer), len(octets))
    view.buffer = buffer
    return view
