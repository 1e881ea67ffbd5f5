"""CS02c: a device makes a key pair and asks for its certificate."""

from collections.abc import Iterable

import pytest

from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.device_certificates import (
    IssueCode,
    IssueResponse,
    KeyUsageQuery,
)
from firmware_sim.gbcs.roles import DeviceType, KeyUsage, RemotePartyRole
from firmware_sim.gbcs.use_cases import CS02C
from firmware_sim.machine.drbg import HmacDrbg, generate_private_key
from firmware_sim.machine.faults import Fault
from tests.support.device_commands import (
    DS,
    KA,
    answer,
    issue,
    own_command,
    requested,
)
from tests.support.meter import Meter, durable, fill, meter
from tests.support.pki import SUITE

SUPPLIER = RemotePartyRole.SUPPLIER


@pytest.mark.parametrize("usage", [DS, KA])
@pytest.mark.parametrize("device_type", list(DeviceType)[:6])
def test_every_device_makes_a_key_pair_and_asks_for_its_certificate(
    device_type: DeviceType, usage: KeyUsage
) -> None:
    device = meter(device_type)
    request = requested(device, usage)
    assert request.is_self_signed(SUITE)
    assert (request.entity_id, request.key_usage) == (device.entity_id, usage)
    waiting = durable(device.device).waiting_keys[usage]
    assert waiting.public_key == request.public_key
    assert SUITE.public_key(waiting.private_key) == request.public_key


def test_the_response_has_no_time_and_the_commands_counter() -> None:
    esme = meter()
    command = issue(esme, DS)
    response = answer(esme.device.receive(command.build()), esme.signing_point)
    assert (response.cra, response.counter, response.code) == (2, command.counter, CS02C)
    assert response.date_time == b""
    assert response.target == command.originator
    assert esme.counter(SUPPLIER) == command.counter
    (event,) = durable(esme.device).log.values()
    assert event.detail == "digitalSignature requested"


def test_the_keys_in_use_stay_as_they_are() -> None:
    esme = meter()
    before = durable(esme.device)
    requested(esme, DS)
    requested(esme, KA)
    after = durable(esme.device)
    assert after.keys == before.keys
    assert after.certificates == before.certificates
    assert set(after.waiting_keys) == {DS, KA}


def test_no_key_comes_twice_not_even_after_a_reboot() -> None:
    esme = meter()
    seen = []
    for _ in range(3):
        seen += [requested(esme, usage).public_key for usage in (DS, KA)]
        esme.device.power_on()
    other = meter(DeviceType.GSME)
    seen += [requested(other, usage).public_key for usage in (DS, KA)]
    assert len(set(seen)) == len(seen)


def test_a_key_that_was_waiting_is_gone_from_the_flash() -> None:
    esme = meter()
    requested(esme, DS)
    waiting = durable(esme.device).waiting_keys[DS].private_key
    assert waiting in esme.device.image()
    requested(esme, DS)
    assert waiting not in esme.device.image()


def test_no_later_reading_of_the_flash_makes_the_key_again() -> None:
    """The octets that the key came from can be drawn again only from a seed that is gone."""
    esme = meter()
    first_seed = esme.device.machine.state.identity.seed
    boots = range(esme.device.machine.state.own.boots + 3)
    requested(esme, DS)
    waiting = durable(esme.device).waiting_keys[DS].private_key
    assert waiting in drawn_from(first_seed, boots)
    esme.device.power_on()
    assert first_seed not in esme.device.image()
    assert waiting not in drawn_from(esme.device.machine.state.identity.seed, boots)


def drawn_from(seed: bytes, boots: Iterable[int]) -> set[bytes]:
    return {generate_private_key(HmacDrbg(seed, boot.to_bytes(4, "big"))) for boot in boots}


@pytest.mark.parametrize("usages", [set(), {1}, {5}, {0, 4}, {8}])
def test_other_key_usages_have_no_key_pair(usages: set[int]) -> None:
    esme = meter()
    query_octets = KeyUsageQuery(frozenset(usages)).encode()
    command = own_command(esme, CS02C, query_octets)
    assert issue_result(esme, command) is IssueCode.INVALID_KEY_USAGE
    assert durable(esme.device).waiting_keys == {}
    assert esme.counter(SUPPLIER) == command.counter


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault.KEY_PAIR_GENERATION, IssueCode.KEY_PAIR_GENERATION_FAILED),
        (Fault.REQUEST_PRODUCTION, IssueCode.REQUEST_PRODUCTION_FAILED),
    ],
)
def test_failed_generation_leaves_no_key(fault: Fault, code: IssueCode) -> None:
    esme = meter(faults=[fault])
    command = issue(esme, KA)
    assert issue_result(esme, command) is code
    assert durable(esme.device).waiting_keys == {}
    assert esme.counter(SUPPLIER) == command.counter


def test_a_key_pair_that_cannot_be_stored_was_not_generated() -> None:
    esme = meter()
    fill(esme.device)
    assert issue_result(esme, issue(esme, DS)) is IssueCode.KEY_PAIR_GENERATION_FAILED
    assert durable(esme.device).waiting_keys == {}


def issue_result(esme: Meter, command: Message) -> object:
    response = answer(esme.device.receive(command.build()), esme.signing_point)
    return IssueResponse.decode(response.payload).result
