"""A root that would end contingency recovery is a bad certificate, whichever mode installs it.

A SubjectPublicKeyInfo of 91 octets fills twelve blocks of eight, and key wrap with padding adds
one: 104 octets (RFC 5649). GCM adds a tag of 16: 107 (RFC 5084).
"""

import pytest

from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.contingency import WrapAlgorithm
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.replacement import ReplacementMode
from tests.support.answers import statuses
from tests.support.commands import MODE, replacements, update
from tests.support.meter import Meter, durable, meter
from tests.support.pki import FIRST, SECOND, Generation

OK = StatusCode.SUCCESS
BAD = StatusCode.BAD_CERTIFICATE

INSTALLING = [
    MODE.ROOT_BY_SUPPLIER,
    MODE.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY,
    MODE.ANY_BY_CONTINGENCY,
]

_AES = bytes.fromhex("6086480165030401")
_WRAP_PAD_128, _WRAP_PAD_256 = 0x08, 0x30


def apex(algorithm: int, octets: int) -> bytes:
    """ApexContingencyKey (RFC 5934 9) with so many octets wrapped by 2.16.840.1.101.3.4.1.x."""
    identifier = b"\x06\x09" + _AES + bytes((algorithm,))
    wrapped = b"\x04" + bytes((octets,)) + bytes(octets)
    content = b"\x30" + bytes((len(identifier),)) + identifier + wrapped
    return b"\x30" + bytes((len(content),)) + content


def apex_of(generation: Generation) -> bytes:
    return parse_certificate(generation.root().certificate).wrapped_contingency_key or b""


def root_command(esme: Meter, mode: ReplacementMode, key: bytes | None) -> Message:
    """The second root with this contingency key, and a link to it from the first."""
    (root,) = replacements(["root.CS"], SECOND)
    root = root._replace(certificate=SECOND.root(wrapped_contingency_key=key).certificate)
    return update(esme, mode, [root], path=(SECOND.link(FIRST),))


UNUSABLE = {
    "one octet": apex(_WRAP_PAD_128, 1),
    "a block less": apex(_WRAP_PAD_128, 96),
    "a block more": apex(_WRAP_PAD_128, 112),
    "an algorithm that policy does not have": apex_of(
        Generation(2, 2, WrapAlgorithm.AES256_WRAP_PAD)
    ),
    "GCM, which policy does not have": apex_of(Generation(2, 2, WrapAlgorithm.AES128_GCM)),
    "an unknown algorithm": apex(0x2C, 104),
    "the present key": apex_of(FIRST),
    "an empty extension": b"\x30\x00",
    "no extension": None,
}


@pytest.mark.parametrize("key", UNUSABLE.values(), ids=UNUSABLE)
@pytest.mark.parametrize("mode", INSTALLING, ids=lambda mode: mode.label)
def test_a_root_without_a_usable_new_contingency_key_is_a_bad_certificate(
    mode: ReplacementMode, key: bytes | None
) -> None:
    esme = meter()
    command = root_command(esme, mode, key)
    assert statuses(esme, esme.device.receive(command.build())) == [BAD]
    assert durable(esme.device).root.cell.public_key == FIRST.root().point
    assert durable(esme.device).root.wrapped_contingency_key == apex_of(FIRST)


@pytest.mark.parametrize("mode", INSTALLING, ids=lambda mode: mode.label)
def test_a_wrapped_key_of_the_due_length_is_accepted_unopened(mode: ReplacementMode) -> None:
    esme = meter()
    key = apex(_WRAP_PAD_128, 104)
    command = root_command(esme, mode, key)
    assert statuses(esme, esme.device.receive(command.build())) == [OK]
    assert durable(esme.device).root.wrapped_contingency_key == key


@pytest.mark.parametrize("mode", INSTALLING, ids=lambda mode: mode.label)
@pytest.mark.parametrize("key", [apex_of(FIRST), b"\x30\x00", None], ids=["kept", "empty", "none"])
def test_where_renewal_is_optional_a_root_may_keep_the_key_or_bring_none(
    mode: ReplacementMode, key: bytes | None
) -> None:
    esme = meter(policy=Policy(contingency_renewal="optional"))
    command = root_command(esme, mode, key)
    assert statuses(esme, esme.device.receive(command.build())) == [OK]
    assert durable(esme.device).root.wrapped_contingency_key == (key or b"")


@pytest.mark.parametrize(
    ("algorithm", "octets", "expected"),
    [(_WRAP_PAD_256, 104, OK), (_WRAP_PAD_256, 96, BAD), (_WRAP_PAD_128, 104, OK)],
)
def test_the_policy_s_algorithms_decide_and_their_lengths(
    algorithm: int, octets: int, expected: StatusCode
) -> None:
    esme = meter(policy=Policy(wrap_algorithm="any", contingency_renewal="optional"))
    command = root_command(esme, MODE.ANY_BY_CONTINGENCY, apex(algorithm, octets))
    assert statuses(esme, esme.device.receive(command.build())) == [expected]


@pytest.mark.parametrize(("octets", "expected"), [(107, OK), (106, BAD), (108, BAD)])
def test_gcm_makes_107_octets(octets: int, expected: StatusCode) -> None:
    first = Generation(1, 1, WrapAlgorithm.AES128_GCM)
    esme = meter(policy=Policy(wrap_algorithm="id-aes128-GCM"), generation=first)
    identifier = apex_of(Generation(2, 2, WrapAlgorithm.AES128_GCM))[3 : -107 - 2]
    content = identifier + b"\x04" + bytes((octets,)) + bytes(octets)
    key = b"\x30\x81" + bytes((len(content),)) + content
    command = root_command(esme, MODE.ANY_BY_CONTINGENCY, key)
    assert statuses(esme, esme.device.receive(command.build())) == [expected]
