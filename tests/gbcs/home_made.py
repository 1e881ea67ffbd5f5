"""Certificates written octet by octet, so that a test can break any one field.

Nothing here uses the code under test: the DER is joined by hand, the signatures are made by
`cryptography` directly.
"""

from collections.abc import Sequence

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import SubjectKeyIdentifier

ROOT_KEY = ec.derive_private_key(0x1001, ec.SECP256R1())
ISSUING_KEY = ec.derive_private_key(0x1002, ec.SECP256R1())
LEAF_KEY = ec.derive_private_key(0x1003, ec.SECP256R1())
OTHER_KEY = ec.derive_private_key(0x1004, ec.SECP256R1())

POLICY = "06032a0304"  # 1.2.3.4
OTHER_POLICY = "06032a0305"
ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
ENTITY = bytes.fromhex("0246530000000002")

CN, OU, UID = "0603550403", "060355040b", "060355042d"
PRINTABLE, UTF8 = 0x13, 0x0C


def tlv(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    if len(content) < 0x80:
        return bytes((tag, len(content))) + content
    size = (len(content).bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + len(content).to_bytes(size, "big") + content


def name(*attributes: tuple[str, int, bytes]) -> bytes:
    """One attribute a part: (type as hex DER, tag, content)."""
    return tlv(
        0x30,
        *(
            tlv(0x31, tlv(0x30, bytes.fromhex(oid), tlv(tag, content)))
            for oid, tag, content in attributes
        ),
    )


ROOT_NAME = name((OU, PRINTABLE, b"00"), (CN, PRINTABLE, b"Root"))
ISSUING_NAME = name((OU, PRINTABLE, b"07"), (CN, PRINTABLE, b"Issuing"))
SUPPLIER_NAME = name((OU, UTF8, b"02"), (UID, 0x03, b"\0" + ENTITY))
EMPTY_NAME = name()

VALIDITY = tlv(0x30, tlv(0x17, b"200101000000Z"), tlv(0x17, b"391231235959Z"))
NO_EXPIRY = tlv(0x30, tlv(0x17, b"200101000000Z"), tlv(0x18, b"99991231235959Z"))


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def key_info(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def identifier(key: ec.EllipticCurvePrivateKey) -> bytes:
    """RFC 5280 4.2.1.2 (2) from the library's method (1): 0100 and the last 60 bits."""
    digest = SubjectKeyIdentifier.from_public_key(key.public_key()).digest
    return (0x4 << 60 | int.from_bytes(digest, "big") & (1 << 60) - 1).to_bytes(8, "big")


def extension(oid: str, critical: bool, value: bytes) -> bytes:
    flag = tlv(0x01, b"\xff") if critical else b""
    return tlv(0x30, bytes.fromhex(oid), flag, tlv(0x04, value))


def usage(bits: str, *, critical: bool = True) -> bytes:
    """keyUsage from the hex content of its BIT STRING."""
    return extension("0603551d0f", critical, tlv(0x03, bytes.fromhex(bits)))


DS, KA, CS, CS_CRL = "0780", "0308", "0204", "0106"


def subject_identifier(value: bytes, *, critical: bool = False) -> bytes:
    return extension("0603551d0e", critical, tlv(0x04, value))


def authority_identifier(value: bytes, *, critical: bool = False) -> bytes:
    return extension("0603551d23", critical, tlv(0x30, tlv(0x80, value)))


def policies(*oids: str, critical: bool = True) -> bytes:
    entries = (tlv(0x30, bytes.fromhex(oid)) for oid in oids)
    return extension("0603551d20", critical, tlv(0x30, *entries))


def constraints(content: str = "0101ff", *, critical: bool = True) -> bytes:
    return extension("0603551d13", critical, tlv(0x30, bytes.fromhex(content)))


def device_name(entity: bytes = ENTITY, *, critical: bool = True) -> bytes:
    module = tlv(0x30, bytes.fromhex("06032a0306"), tlv(0x04, entity))
    other = tlv(0xA0, bytes.fromhex("06082b06010505070804"), tlv(0xA0, module))
    return extension("0603551d11", critical, tlv(0x30, other))


def contingency(value: bytes, *, critical: bool = False) -> bytes:
    return extension("06082b06010505070114", critical, value)


# The shape of AES-128 key wrap with padding; what is wrapped does not matter to a profile.
APEX = tlv(
    0x30, tlv(0x30, bytes.fromhex("060960864801650304010 8".replace(" ", ""))), tlv(4, bytes(104))
)


def certificate(
    *,
    version: bytes = bytes.fromhex("a003020102"),
    serial: bytes = bytes.fromhex("021041000000000000000000000000000001"),
    inner: bytes = ECDSA_SHA256,
    issuer: bytes = ISSUING_NAME,
    validity: bytes = VALIDITY,
    subject: bytes = SUPPLIER_NAME,
    info: bytes | None = None,
    extra: bytes = b"",
    extensions: Sequence[bytes] | None = None,
    outer: bytes = ECDSA_SHA256,
    signature: bytes | None = None,
    signer: ec.EllipticCurvePrivateKey = ISSUING_KEY,
) -> bytes:
    """A supplier's signing certificate, unless told otherwise."""
    block = leaf_extensions() if extensions is None else extensions
    tbs = tlv(
        0x30,
        version,
        serial,
        inner,
        issuer,
        validity,
        subject,
        key_info(LEAF_KEY) if info is None else info,
        extra,
        tlv(0xA3, tlv(0x30, *block)),
    )
    value = signer.sign(tbs, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    value = value if signature is None else signature
    return tlv(0x30, tbs, outer, tlv(0x03, b"\0", value))


def leaf_extensions(
    *, key: ec.EllipticCurvePrivateKey = LEAF_KEY, bits: str = DS, policy: str = POLICY
) -> list[bytes]:
    return [
        usage(bits),
        subject_identifier(identifier(key)),
        policies(policy),
        authority_identifier(identifier(ISSUING_KEY)),
    ]


def root(*, extensions: Sequence[bytes] | None = None, **fields: bytes) -> bytes:
    block = [
        usage(CS),
        constraints(),
        subject_identifier(identifier(ROOT_KEY)),
        policies(POLICY),
        contingency(APEX),
    ]
    values = {"issuer": ROOT_NAME, "subject": ROOT_NAME, "info": key_info(ROOT_KEY)} | fields
    return certificate(
        extensions=block if extensions is None else extensions, signer=ROOT_KEY, **values
    )


def issuing(
    *,
    extensions: Sequence[bytes] | None = None,
    signer: ec.EllipticCurvePrivateKey = ROOT_KEY,
    **fields: bytes,
) -> bytes:
    values = {"issuer": ROOT_NAME, "subject": ISSUING_NAME, "info": key_info(ISSUING_KEY)} | fields
    return certificate(
        extensions=issuing_extensions() if extensions is None else extensions,
        signer=signer,
        **values,
    )


def issuing_extensions(
    *, constraint: str = "0101ff020100", bits: str = CS_CRL, policy: str = POLICY
) -> list[bytes]:
    return [
        usage(bits),
        constraints(constraint),
        policies(policy),
        subject_identifier(identifier(ISSUING_KEY)),
        authority_identifier(identifier(ROOT_KEY)),
    ]


def device(*, extensions: Sequence[bytes] | None = None, **fields: bytes) -> bytes:
    block = [
        usage(KA),
        subject_identifier(identifier(LEAF_KEY)),
        device_name(),
        policies(POLICY),
        authority_identifier(identifier(ISSUING_KEY)),
    ]
    values = {"subject": EMPTY_NAME, "validity": NO_EXPIRY} | fields
    return certificate(
        extensions=block if extensions is None else extensions, signer=ISSUING_KEY, **values
    )
