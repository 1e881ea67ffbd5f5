"""CS02e: the certificate in use is read back; and who may ask for all of this."""

from collections.abc import Callable

import pytest

from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.device_certificates import (
    KeyUsageQuery,
    ProvideCode,
)
from firmware_sim.gbcs.roles import DeviceType, KeyUsage, RemotePartyRole
from firmware_sim.gbcs.use_cases import CS02C, CS02D, CS02E
from firmware_sim.machine.faults import Fault
from firmware_sim.machine.refusals import RefusalReason
from tests.machine.commands.refusing import refused
from tests.support.answers import only
from tests.support.device_commands import (
    DS,
    KA,
    answer,
    certified,
    install,
    issue,
    own_command,
    provide,
    provided,
    requested,
)
from tests.support.meter import durable, meter
from tests.support.pki import key


@pytest.mark.parametrize("usage", [DS, KA])
def test_the_certificate_in_use_is_returned(usage: KeyUsage) -> None:
    esme = meter()
    assert provided(esme, usage) == durable(esme.device).certificates[usage]


def test_certificate_returned_after_an_installation_is_the_new_one() -> None:
    esme = meter()
    request = requested(esme, DS)
    held = provided(esme, DS)
    certificate = certified(esme, request)
    assert esme.device.receive(install(esme, certificate).build()).refusal is None
    assert held != certificate
    assert provided(esme, DS, request.public_key) == certificate


@pytest.mark.parametrize("usages", [set(), {5}, {0, 4}])
def test_query_for_another_key_usage_is_answered_invalid_key_usage(usages: set[int]) -> None:
    esme = meter()
    command = own_command(esme, CS02E, KeyUsageQuery(frozenset(usages)).encode())
    response = answer(esme.device.receive(command.build()), esme.signing_point)
    assert response.payload == bytes((2, 1, ProvideCode.INVALID_KEY_USAGE))


def test_a_certificate_that_is_not_held_or_not_read_is_answered_so() -> None:
    esme = meter()
    esme.device.machine.state.certificates.pop(DS)
    assert provided(esme, DS) is ProvideCode.NO_CERTIFICATE_HELD
    esme.device.machine.state.certificates[DS] = b"\x30\x00"
    assert provided(esme, DS) is ProvideCode.CERTIFICATE_RETRIEVAL_FAILURE
    broken = meter(faults=[Fault.CERTIFICATE_RETRIEVAL])
    assert provided(broken, KA) is ProvideCode.CERTIFICATE_RETRIEVAL_FAILURE


# --- who may ask ---------------------------------------------------------------------------------

MAKE: dict[int, Callable[..., Message]] = {
    CS02C: lambda m, **changes: issue(m, DS, **changes),
    CS02D: lambda m, **changes: install(m, b"\x30\x00", **changes),
    CS02E: lambda m, **changes: provide(m, KA, **changes),
}


@pytest.mark.parametrize("code", MAKE)
def test_only_the_supplier_with_the_brokers_mac_may_ask(code: int) -> None:
    esme, make = meter(), MAKE[code]
    before = durable(esme.device)
    stranger = make(esme, asking="networkOperator.DS")
    refused(esme, stranger.build(), RefusalReason.NO_AUTHORITY)
    refused(esme, make(esme, signer=key("thief")).build(), RefusalReason.BAD_SIGNATURE)
    whole = make(esme).build()
    refused(esme, whole[:-1] + bytes((whole[-1] ^ 1,)), RefusalReason.BAD_MAC)
    assert durable(esme.device) == before
    assert esme.device.receive(whole).refusal is None
    refused(esme, whole, RefusalReason.REPLAYED)


@pytest.mark.parametrize("code", MAKE)
def test_a_hub_function_is_asked_by_its_wan_provider(code: int) -> None:
    hub, make = meter(DeviceType.CHF), MAKE[code]
    assert only(hub.device.receive(make(hub).build()))
    broker = make(hub, asking="accessControlBroker.DS")
    refused(hub, broker.build(), RefusalReason.NO_AUTHORITY)


@pytest.mark.parametrize("payload", [b"", b"\x30\x00", b"\x30\x04\x03\x02\x07\x81"])
def test_octets_that_are_no_key_usage_are_refused_and_spent(payload: bytes) -> None:
    esme = meter()
    for code in (CS02C, CS02E):
        command = own_command(esme, code, payload).build()
        refused(esme, command, RefusalReason.MALFORMED, spends=RemotePartyRole.SUPPLIER)
