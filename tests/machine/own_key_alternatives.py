"""What a device does with its own keys and certificates under a policy; see CHECKS."""

from firmware_sim.gbcs.payloads.device_certificates import InstallCode
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.machine.refusals import RefusalReason
from tests.machine.commands.refusing import alert_code, refused
from tests.support.answers import is_signed_by
from tests.support.commands import query
from tests.support.device_commands import (
    DS,
    KA,
    certified,
    install,
    install_code,
    issue,
    requested,
)
from tests.support.device_pki import authority_name
from tests.support.meter import OWN_START, durable, meter


def second_request(policy: Policy, *, same: bool) -> None:
    esme = meter(policy=policy)
    first, other = requested(esme, DS), requested(esme, KA)
    esme.device.power_on()
    again = requested(esme, DS)
    assert (again.octets == first.octets) == same
    assert other.public_key not in (first.public_key, again.public_key)
    assert esme.device.receive(install(esme, certified(esme, again)).build()).refusal is None
    assert durable(esme.device).keys[DS].public_key == again.public_key


def another_issuer(policy: Policy, *, expected: InstallCode) -> None:
    for changes in ({"issuer": authority_name(2)}, {"authority_key_identifier": bytes(8)}):
        esme = meter(policy=policy)
        certificate = certified(esme, requested(esme, KA), **changes)
        effects = esme.device.receive(install(esme, certificate).build())
        assert install_code(effects, esme.signing_point) is expected
    esme = meter(policy=policy)
    certificate = certified(esme, requested(esme, KA))
    effects = esme.device.receive(install(esme, certificate).build())
    assert install_code(effects, esme.signing_point) is InstallCode.SUCCESS


def response_to_a_new_signing_key(policy: Policy, *, by_new: bool) -> None:
    esme = meter(policy=policy)
    request = requested(esme, DS)
    (sent,) = esme.device.receive(install(esme, certified(esme, request)).build()).messages
    assert is_signed_by(sent, request.public_key) == by_new
    assert is_signed_by(sent, esme.signing_point) != by_new
    later = esme.device.receive(query(esme, "supplier.DS").build()).messages[0]
    assert is_signed_by(later, request.public_key)


def own_certificate_alert(policy: Policy, *, sent: int) -> None:
    for usage, failed, succeeded in ((DS, 0x8F4C, 0x8F4D), (KA, 0x8F4E, 0x8F4F)):
        device = meter(DeviceType.GSME, policy=policy)
        request = requested(device, usage)
        wrong = install(device, certified(device, request, policies=())).build()
        right = install(device, certified(device, request)).build()
        alerts = device.device.receive(wrong).messages[1:]
        assert [alert_code(device, octets) for octets in alerts] == [failed] * sent
        alerts = device.device.receive(right).messages[1:]
        device.renewed[usage] = request.public_key
        assert [alert_code(device, octets) for octets in alerts] == [succeeded] * sent
        assert device.device.machine.state.own.next_counter == OWN_START + 2 * sent


def who_renews_a_hub(policy: Policy, *, asking: str, other: str) -> None:
    hub = meter(DeviceType.CHF, policy=policy)
    assert hub.device.receive(issue(hub, DS, asking=asking).build()).refusal is None
    refused(hub, issue(hub, DS, asking=other).build(), RefusalReason.NO_AUTHORITY)
