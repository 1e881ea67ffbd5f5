"""tinyec as a second P-256: who signed is recovered, and no hostile point gets into a device."""

from collections.abc import Iterator
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.gbcs.crypto import P256_ORDER
from firmware_sim.gbcs.message import parse_message
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.update_credentials import UpdateResponse
from firmware_sim.gbcs.roles import DeviceType
from tests.gbcs import independent
from tests.support import commands
from tests.support.meter import Meter, durable, meter
from tests.support.pki import SECOND, SECOND_UNDER_FIRST, SUITE, cell

scalars = st.integers(1, P256_ORDER - 1).map(lambda value: value.to_bytes(32, "big"))


def recovered(data: bytes, signature: bytes) -> Iterator[bytes]:
    """The public keys that a signature can be by (SEC 1 4.1.6)."""
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    digest = int.from_bytes(sha256(data).digest(), "big")
    inverse = pow(r, -1, independent.ORDER)
    base = (-digest * inverse % independent.ORDER) * independent.CURVE.g
    for x in (r, r + independent.ORDER):
        for y in _ordinates(x):
            nonce_point = independent.point(b"\x04" + _octets(x) + _octets(y))
            yield independent.point_octets((s * inverse % independent.ORDER) * nonce_point + base)


def _ordinates(x: int) -> tuple[int, ...]:
    """y of both points with this x, if there are any (p is 3 modulo 4)."""
    prime = independent.PRIME
    square = (x**3 - 3 * x + independent.CURVE.b) % prime
    y = pow(square, (prime + 1) // 4, prime)
    return (y, prime - y) if x < prime and y * y % prime == square else ()


def _octets(value: int) -> bytes:
    return value.to_bytes(32, "big")


@given(key=scalars, data=st.binary(max_size=60))
@settings(max_examples=8, deadline=None)
def test_signer_is_recovered_from_a_signature(key: bytes, data: bytes) -> None:
    keys = list(recovered(data, SUITE.sign(key, data)))
    assert SUITE.public_key(key) in keys
    for each in keys:
        assert SUITE.verify(each, data, SUITE.sign(key, data))


def test_device_is_recovered_from_its_response() -> None:
    target = meter()
    (octets,) = target.device.receive(commands.by_recovery(target).build()).messages
    response = parse_message(octets)
    assert target.signing_point in recovered(response.signed_octets(), response.signature or b"")


def hostile_points() -> Iterator[tuple[str, bytes]]:
    """Points of 65 octets, none of which is a point on P-256."""
    x, y = independent.CURVE.g.x, independent.CURVE.g.y
    prime = independent.PRIME
    small = next(value for value in range(1, 100) if _ordinates(value))
    yield "off the curve", b"\x04" + _octets(x) + _octets(y ^ 1)
    yield "x at least p", b"\x04" + _octets(small + prime) + _octets(_ordinates(small)[0])
    yield "infinity", bytes(65)
    yield "zero coordinates", b"\x04" + bytes(64)
    yield (
        "another curve",  # the generator of secp256k1
        bytes.fromhex(
            "0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
            "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"
        ),
    )
    yield "hybrid form", b"\x06" + _octets(x) + _octets(y)


HOSTILE = pytest.mark.parametrize(
    "point", [point for _, point in hostile_points()], ids=[name for name, _ in hostile_points()]
)


def outcomes(target: Meter, octets: bytes) -> list[StatusCode]:
    (answer,) = target.device.receive(octets).messages
    outcome = UpdateResponse.decode(parse_message(answer).payload).outcome
    assert outcome is not None
    return [item.status for item in outcome.outcomes]


@HOSTILE
def test_device_takes_no_hostile_point_into_a_cell(point: bytes) -> None:
    target = meter()
    held = target.device.cells()
    certificate = SECOND_UNDER_FIRST.leaf("supplier.DS", public_key=point).certificate
    (good,) = commands.replacements(["supplier.KA"])
    bad = commands.replacements(["supplier.DS"])[0]._replace(certificate=certificate)
    message = commands.update(target, commands.MODE.SUPPLIER_BY_SUPPLIER, (bad, good))
    found = outcomes(target, message.build())
    assert found == [StatusCode.BAD_CERTIFICATE, StatusCode.SUCCESS]
    assert target.device.cells()[cell("supplier.DS")] == held[cell("supplier.DS")]


@HOSTILE
def test_device_takes_no_path_through_a_hostile_point(point: bytes) -> None:
    target = meter()
    issuing = SECOND_UNDER_FIRST.issuing(public_key=point).certificate
    held = target.device.cells()
    message = commands.supplier_by_supplier(target, path=(issuing,))
    assert set(outcomes(target, message.build())) == {StatusCode.NO_TRUST_ANCHOR}
    assert target.device.cells() == held


@HOSTILE
def test_device_takes_no_root_with_a_hostile_point(point: bytes) -> None:
    target = meter()
    bad = commands.replacements(["root.CS"], SECOND)[0]._replace(
        certificate=SECOND.root(public_key=point).certificate
    )
    message = commands.update(target, commands.MODE.ANY_BY_CONTINGENCY, (bad,))
    assert outcomes(target, message.build()) == [StatusCode.BAD_CERTIFICATE]


@HOSTILE
@pytest.mark.parametrize("device_type", [DeviceType.ESME, DeviceType.CHF])
def test_command_of_a_cell_that_holds_a_hostile_point_is_not_carried_out(
    device_type: DeviceType, point: bytes
) -> None:
    """As if one had got in all the same: no command by it is authentic, and nothing breaks."""
    target = meter(device_type)
    state = target.device.machine.state
    changes = state.changes()
    for name in ("recovery.DS", commands.ACB):
        changes.put(state.cells[cell(name)]._replace(public_key=point))
    changes.commit()
    held = durable(target.device).cells
    for message in (commands.by_recovery(target), commands.query(target)):
        assert target.device.receive(message.build()).refusal is not None
    assert durable(target.device).cells == held
