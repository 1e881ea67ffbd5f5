"""The alternatives of the open points about uses of keys, executed."""

from collections.abc import Callable

from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.gbcs.times import NEVER
from firmware_sim.machine.image.use_records import MeterState
from firmware_sim.machine.refusals import RefusalReason
from tests.machine.uses.test_top_up import held
from tests.support.commands import MODE, replacements, update
from tests.support.meter import DAY, Meter, meter
from tests.support.pki import key
from tests.support.uses import STEP, activation, read_version, token, top_up

Check = Callable[[Policy], None]
REASON = RefusalReason
HASH = bytes(range(32))
FIVE = 5 * STEP
FAR = 1_700_000_000 * STEP


def accepts(device: Meter, digits: str, counter: int) -> bool:
    return device.device.receive(top_up(device, digits, counter).build()).refusal is None


def typed_after_a_far_one(policy: Policy, *, counter: int) -> None:
    """Of one UTRN for each rule, only that of the rule is good."""
    for each in (FAR + 1023 * STEP, FAR - STEP, 5 * STEP):
        esme = meter(policy=policy)
        assert accepts(esme, token(esme, FAR), FAR)
        is_good = esme.device.enter(token(esme, each)).refusal is None
        assert is_good is (each == counter)


def sequence(policy: Policy, *, is_own: bool) -> None:
    esme = meter(policy=policy)
    assert accepts(esme, token(esme, FIVE), FIVE)
    assert (esme.device.receive(read_version(esme).build()).refusal is None) is is_own


def out_of_order(policy: Policy, *, is_good: bool) -> None:
    esme = meter(policy=policy)
    assert accepts(esme, token(esme, FIVE), FIVE)
    assert accepts(esme, token(esme, 3 * STEP), 3 * STEP) is is_good


def spent_under_a_key_that_comes_back(policy: Policy, *, is_good: bool) -> None:
    esme = meter(policy=policy)
    digits = token(esme, FIVE)
    assert esme.device.enter(digits).refusal is None
    own = replacements(["supplier.KA.PP"], esme.generation)
    for what, path in ((replacements(["supplier.KA.PP"]), None), (own, _issuer(esme))):
        command = update(esme, MODE.SUPPLIER_BY_SUPPLIER, what, path=path).build()
        assert esme.device.receive(command).refusal is None
    assert accepts(esme, digits, FIVE) is is_good


def _issuer(esme: Meter) -> tuple[bytes, ...]:
    return (esme.generation.issuing().certificate,)


def results(policy: Policy, expected: dict[RefusalReason, str]) -> None:
    for reason, last in expected.items():
        esme = meter(policy=policy)
        digits = {
            REASON.TOP_UP_MALFORMED: "1" * 20,
            REASON.TOP_UP_NOT_AUTHENTIC: token(esme, FIVE, signer=key("thief")),
            REASON.DUPLICATE_TOP_UP: token(esme, FIVE),
        }[reason]
        esme.device.enter(digits)
        effects = esme.device.receive(top_up(esme, digits, FIVE).build())
        assert effects.refusal is not None
        assert effects.refusal.reason is reason
        assert effects.messages[0][-15:-13].hex() == "03" + last


def alert_of_a_forged_token(policy: Policy, *, sent: int) -> None:
    esme = meter(policy=policy)
    effects = esme.device.receive(
        top_up(esme, token(esme, FIVE, signer=key("thief")), FIVE).build()
    )
    assert len(effects.messages) == 1 + sent
    assert all(bytes.fromhex("8f63") in each for each in effects.messages[1:])


def eleven_forged_tokens(policy: Policy, *, reason: RefusalReason) -> None:
    esme = meter(policy=policy)
    forged = token(esme, FIVE, signer=key("thief"))
    refusals = [esme.device.enter(forged).refusal for _ in range(11)]
    assert refusals[-1] is not None
    assert refusals[-1].reason is reason


def refused_twice(policy: Policy, *, answers: int) -> None:
    esme = meter(policy=policy)
    command = top_up(esme, token(esme, FIVE, device=EntityId(bytes(8))), FIVE).build()
    assert len(esme.device.receive(command).messages) == 1
    assert len(esme.device.receive(command).messages) == answers


def with_image(policy: Policy) -> Meter:
    esme = meter(policy=policy)
    changes = esme.device.machine.state.changes()
    changes.put(MeterState(image_version=bytes(4), image_hash=HASH, image_held=True))
    changes.commit()
    return esme


def activated_twice(policy: Policy, *, code: int) -> None:
    esme = with_image(policy)
    for expected in (0, code):
        (told,) = esme.device.receive(activation(esme, HASH).build()).messages
        assert bytes((0x30, 9, 2, 1, expected)) in told


def cancelled_with_another_hash(policy: Policy, *, is_left: bool) -> None:
    esme = with_image(policy)
    esme.device.receive(activation(esme, HASH, DAY.replace(year=2030)).build())
    esme.device.receive(activation(esme, bytes(32), NEVER).build())
    assert (held(esme).activation is not None) is is_left
    esme.device.receive(activation(esme, HASH, NEVER).build())
    assert held(esme).activation is None


def clock_of_a_version(policy: Policy, *, is_there: bool) -> None:
    esme = meter(policy=policy)
    (told,) = esme.device.receive(read_version(esme).build()).messages
    assert (bytes.fromhex("0c07ea0301ff0c") in told) is is_there


def hub_firmware(policy: Policy, *, reason: RefusalReason | None) -> None:
    hub = meter(DeviceType.CHF, policy=policy)
    refusal = hub.device.receive(activation(hub, HASH, asking="wanProvider.DS").build()).refusal
    assert (refusal and refusal.reason) == reason


_ONE = dict.fromkeys(
    (REASON.TOP_UP_MALFORMED, REASON.TOP_UP_NOT_AUTHENTIC, REASON.DUPLICATE_TOP_UP), "01"
)
_BY_CAUSE = {
    REASON.TOP_UP_MALFORMED: "0c",
    REASON.TOP_UP_NOT_AUTHENTIC: "0d",
    REASON.DUPLICATE_TOP_UP: "03",
}

CHECKS: dict[tuple[str, str], Check] = {
    ("utrn_counter_high_bits", "nearest"): lambda p: typed_after_a_far_one(p, counter=FAR - STEP),
    ("utrn_counter_high_bits", "above"): lambda p: typed_after_a_far_one(
        p, counter=FAR + 1023 * STEP
    ),
    ("utrn_counter_high_bits", "zero"): lambda p: typed_after_a_far_one(p, counter=5 * STEP),
    ("topup_counter", "separate"): lambda p: sequence(p, is_own=True),
    ("topup_counter", "shared"): lambda p: sequence(p, is_own=False),
    ("topup_order", "cache"): lambda p: out_of_order(p, is_good=True),
    ("topup_order", "increasing"): lambda p: out_of_order(p, is_good=False),
    ("utrn_cache_on_new_key", "keep"): lambda p: spent_under_a_key_that_comes_back(
        p, is_good=False
    ),
    ("utrn_cache_on_new_key", "clear"): lambda p: spent_under_a_key_that_comes_back(
        p, is_good=True
    ),
    ("topup_result_esme", "one-value"): lambda p: results(p, _ONE),
    ("topup_result_esme", "by-cause"): lambda p: results(p, _BY_CAUSE),
    ("topup_refusal_alerts", "silence"): lambda p: alert_of_a_forged_token(p, sent=0),
    ("topup_refusal_alerts", "alert"): lambda p: alert_of_a_forged_token(p, sent=1),
    ("topup_lockout", "ten-failures"): lambda p: eleven_forged_tokens(
        p, reason=REASON.TOP_UP_ENTRY_SUSPENDED
    ),
    ("topup_lockout", "never"): lambda p: eleven_forged_tokens(
        p, reason=REASON.TOP_UP_NOT_AUTHENTIC
    ),
    ("authentic_but_refused_topup", "advance"): lambda p: refused_twice(p, answers=0),
    ("authentic_but_refused_topup", "ignore"): lambda p: refused_twice(p, answers=1),
    ("activated_image", "consumed"): lambda p: activated_twice(p, code=1),
    ("activated_image", "kept"): lambda p: activated_twice(p, code=0),
    ("cs06_cancel_scope", "any"): lambda p: cancelled_with_another_hash(p, is_left=False),
    ("cs06_cancel_scope", "same-hash"): lambda p: cancelled_with_another_hash(p, is_left=True),
    ("header_clock", "as-in-reference"): lambda p: clock_of_a_version(p, is_there=False),
    ("header_clock", "always"): lambda p: clock_of_a_version(p, is_there=True),
    ("chf_activation_by", "wan-provider"): lambda p: hub_firmware(p, reason=None),
    ("chf_activation_by", "none"): lambda p: hub_firmware(p, reason=REASON.USE_CASE_NOT_SUPPORTED),
}
