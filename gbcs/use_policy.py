"""What public sources leave open about the uses of keys: the second half of `gbcs.policy`."""

from dataclasses import dataclass
from typing import Literal

from firmware_sim.gbcs.open_points import open_point


@dataclass(frozen=True, slots=True, kw_only=True)
class UsePolicy:
    """What a Device does with top-ups, activations and readings where the sources are silent."""

    utrn_counter_high_bits: Literal["nearest", "above", "zero"] = open_point(
        "nearest",
        "Which bits 63 to 42 has the counter of a UTRN that a customer types in?",
        "assumption: those of the counter nearest to the highest one credited",
    )
    topup_counter: Literal["separate", "shared"] = open_point(
        "separate",
        "Do top-ups count in a sequence of their own?",
        "inferred: reference top-ups use multiples of 2**32, the supplier's other commands do not",
    )
    topup_order: Literal["cache", "increasing"] = open_point(
        "cache",
        "Is an unused UTRN still good after one with a higher counter?",
        "inferred: a cache of 100 counters would be needless if only the highest counted",
    )
    utrn_cache_on_new_key: Literal["keep", "clear"] = open_point(
        "keep",
        "What becomes of the UTRN Counter Cache when the prepayment key is replaced?",
        "assumption: a key that comes back must not make spent UTRNs good again",
        "clear",
    )
    topup_result_esme: Literal["one-value", "by-cause"] = open_point(
        "one-value",
        "Which DLMS result answers a top-up that is refused?",
        "reference messages: hardware-fault (1) for the one that is refused; no other is public",
    )
    topup_refusal_alerts: Literal["silence", "alert"] = open_point(
        "silence",
        "Is there an alert when a top-up is refused?",
        "assumption: alert codes for it exist; whether they are sent or only logged is not public",
    )
    topup_lockout: Literal["ten-failures", "never"] = open_point(
        "ten-failures",
        "When are UTRNs no longer taken from the customer?",
        "assumption: after ten in a row that are not authentic; only alert codes are public",
        "never",
    )
    authentic_but_refused_topup: Literal["advance", "ignore"] = open_point(
        "advance",
        "Is the counter of an authentic command spent if its UTRN is refused?",
        "assumption: answered twice under one counter, the keys of the answers would serve twice",
        "ignore",
    )
    activated_image: Literal["consumed", "kept"] = open_point(
        "consumed",
        "Can a firmware image that was activated be activated again?",
        "assumption; reference answers show code 1, no image held, and not what was before",
    )
    cs06_cancel_scope: Literal["any", "same-hash"] = open_point(
        "any",
        "Which waiting activation does a cancellation cancel?",
        "assumption: one waits at most; reference messages have one hash in all commands",
    )
    header_clock: Literal["as-in-reference", "always"] = open_point(
        "as-in-reference",
        "Which answers carry the clock in their header?",
        "reference messages: a column of the use-case table; the rule behind it is not public",
    )
    chf_activation_by: Literal["wan-provider", "none"] = open_point(
        "wan-provider",
        "Who activates the firmware of a Communications Hub Function?",
        "inferred from draft GBCS 0.8.1, 11: the party responsible for the Device signs",
    )
