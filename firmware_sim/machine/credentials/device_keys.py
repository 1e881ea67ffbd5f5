"""The device's own key pairs: made for a request, put in use by a certificate.

Everything here only decides; `firmware_sim.machine.commands.device_certificates` makes it durable.
"""

from typing import NamedTuple

from firmware_sim.gbcs.certificate_profiles import CertificateKind, check_profile
from firmware_sim.gbcs.certificates import Certificate, parse_certificate
from firmware_sim.gbcs.certification_request import build_certification_request
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.payloads.device_certificates import InstallCode, IssueCode, ProvideCode
from firmware_sim.gbcs.roles import OWN_KEY_USAGES, KeyUsage
from firmware_sim.machine.context import Context
from firmware_sim.machine.drbg import generate_private_key
from firmware_sim.machine.faults import Fault
from firmware_sim.machine.image.layout import MAX_CERTIFICATE_OCTETS
from firmware_sim.machine.image.records import DeviceIdentity, DeviceKey, KeyState

"""What a device has key pairs for."""


class Issued(NamedTuple):
    """A key pair that waits for its certificate, and the request for that (PKCS #10, DER).

    `identity` has a seed drawn after the key pair: it must be stored with it, since from the
    seed before, anyone who reads the flash later could make the same key pair.
    """

    key: DeviceKey
    request: bytes
    identity: DeviceIdentity


class Judged(NamedTuple):
    """What a certificate leads to; on success `key` is the one it puts in use.

    `usage` is None for a certificate that is none, or of no usage that a device has.
    """

    code: InstallCode
    usage: KeyUsage | None = None
    key: DeviceKey | None = None


def issue(context: Context, usage: KeyUsage | None) -> Issued | IssueCode:
    """A key pair and the request for its certificate, or why not.

    Args:
        usage: None for one that a device has no key pair for.
    """
    if usage is None:
        return IssueCode.INVALID_KEY_USAGE
    if Fault.KEY_PAIR_GENERATION in context.faults:
        return IssueCode.KEY_PAIR_GENERATION_FAILED
    key = context.state.pending_keys.get(usage)
    if key is None or context.policy.pending_key == "replace":
        key = _generated(context, usage)
    if Fault.REQUEST_PRODUCTION in context.faults:
        return IssueCode.REQUEST_PRODUCTION_FAILED
    identity = context.state.identity
    request = build_certification_request(key.private_key, usage, identity.entity, context.suite)
    seed = context.entropy.generate(len(identity.seed))
    return Issued(key, request, identity._replace(seed=seed))


def judge_certificate(context: Context, octets: bytes) -> Judged:
    """May this certificate take the place of the device's present one?

    The key usage comes before everything that a changed certificate breaks, as reference
    messages show. The issuer's signature is not verified: see policy device_certificate_issuer.
    """
    try:
        certificate = parse_certificate(octets)
    except RemoteError:
        return Judged(InstallCode.INVALID_CERTIFICATE)
    usage = certificate.key_usage
    if usage not in OWN_KEY_USAGES:
        return Judged(InstallCode.INVALID_KEY_USAGE)
    key = context.state.pending_keys.get(usage)
    code = _mismatch(context, certificate, key)
    if code is None and not _is_acceptable(context, certificate, usage):
        code = InstallCode.INVALID_CERTIFICATE
    if code is None and len(octets) > MAX_CERTIFICATE_OCTETS:
        code = InstallCode.CERTIFICATE_STORAGE_FAILED
    return Judged(code or _fault(context), usage, key)


def held_certificate(context: Context, usage: KeyUsage | None) -> bytes | ProvideCode:
    """The certificate of one of the device's keys in DER, or why there is none to give.

    Args:
        usage: as for `issue`.
    """
    if usage is None:
        return ProvideCode.INVALID_KEY_USAGE
    held = context.state.certificates.get(usage)
    if held is None:
        return ProvideCode.NO_CERTIFICATE_HELD
    if Fault.CERTIFICATE_RETRIEVAL in context.faults or _parsed(held) is None:
        return ProvideCode.CERTIFICATE_RETRIEVAL_FAILURE
    return held


def _generated(context: Context, usage: KeyUsage) -> DeviceKey:
    private_key = generate_private_key(context.entropy)
    public_key = context.suite.public_key(private_key)
    return DeviceKey(usage, private_key, public_key, KeyState.PENDING)


def _mismatch(
    context: Context, certificate: Certificate, key: DeviceKey | None
) -> InstallCode | None:
    """In what the certificate is not this device's, or not the waiting key's."""
    if certificate.device_entity_id != context.state.identity.entity:
        return InstallCode.WRONG_DEVICE_IDENTITY
    if key is None:
        return InstallCode.NO_CORRESPONDING_KEY_PAIR_GENERATED
    if certificate.public_key != key.public_key:
        return InstallCode.WRONG_PUBLIC_KEY
    return None


def _is_acceptable(context: Context, certificate: Certificate, usage: KeyUsage) -> bool:
    if check_profile(certificate, CertificateKind.DEVICE, context.suite):
        return False
    if context.policy.device_certificate_issuer == "unchecked":
        return True
    held = _parsed(context.state.certificates.get(usage, b""))
    return (
        held is not None
        and certificate.issuer.matches(held.issuer)
        and certificate.authority_key_identifier == held.authority_key_identifier
    )


def _parsed(octets: bytes) -> Certificate | None:
    try:
        return parse_certificate(octets)
    except RemoteError:
        return None


def _fault(context: Context) -> InstallCode:
    if Fault.CERTIFICATE_STORAGE in context.faults:
        return InstallCode.CERTIFICATE_STORAGE_FAILED
    if Fault.KEY_CHANGE in context.faults:
        return InstallCode.PRIVATE_KEY_CHANGE_FAILED
    return InstallCode.SUCCESS
