"""What a report says of an Event: sentences that a person reads, each with its clause."""

from datetime import UTC, datetime, timedelta

from firmware_sim.bench.governance.account import (
    ASSUMPTIONS,
    tell_breach,
    tell_claim,
    tell_claimable,
    tell_costs,
    tell_relevant,
)
from firmware_sim.bench.governance.breach import deemed_breach, review_breach
from firmware_sim.bench.governance.claim_rules import Actor, ClaimAct
from firmware_sim.bench.governance.claims import ClaimStep, RecoveryClaim, review_claim
from firmware_sim.bench.governance.compromise import RelevantKeyKind
from firmware_sim.bench.governance.costs import (
    CostCause,
    CostFacts,
    KeyUse,
    PartyCost,
    allocate,
    claimable,
)
from firmware_sim.bench.governance.fallen_key import FallenKey
from firmware_sim.bench.governance.relevant_devices import relevant_devices
from firmware_sim.bench.population.schema import called
from firmware_sim.gbcs.roles import TrustAnchorCellId
from tests.bench.population.homes import FLEET, estate

EVENT = datetime(2027, 2, 1, 8, tzinfo=UTC)
NEXT_DAY = EVENT + timedelta(days=1)
ALPHA = FallenKey(
    RelevantKeyKind.DEVICE_CREDENTIAL, "alpha", cell=TrustAnchorCellId.parse("supplier.DS")
)
RELEVANT = relevant_devices(estate(FLEET), ALPHA, EVENT)
FIRST = next(each for each in RELEVANT if each.responsible_supplier == "alpha").entity_id
FACTS = CostFacts(
    EVENT,
    True,
    RELEVANT,
    {each.entity_id: KeyUse.SUCCEEDED for each in RELEVANT} | {FIRST: KeyUse.FAILED},
)


def test_relevant_devices_are_counted_by_their_reason() -> None:
    assert list(tell_relevant(RELEVANT)) == [
        (
            "1,795 Relevant Devices: 1,790 populated with data of a compromised certificate, "
            "5 believed to be [SEC L10.30(a)]"
        ),
        "12 more have such data and are not commissioned [SEC L10.30(a)(i)]",
    ]


def test_who_may_claim_is_told_by_supplier() -> None:
    assert list(tell_claimable(claimable(RELEVANT, FACTS))) == [
        "alpha may claim where the key was used without success [SEC L10.17(b)]; devices: 1"
    ]


def test_costs_are_summed_by_paragraph_and_those_under_none_have_their_reason() -> None:
    costs = [
        PartyCost("dcc", CostCause.KEY_USE, 250_000, NEXT_DAY, FIRST),
        PartyCost("alpha", CostCause.NEW_DEVICE, 15_099, NEXT_DAY, FIRST),
        PartyCost("beta", CostCause.SUPPORT, 5, NEXT_DAY),
    ]
    assert list(tell_costs(allocate(each, FACTS) for each in costs)) == [
        (
            "Recovery Costs: £2,500.00 under L10.17(a), £150.99 under L10.17(b)(i), "
            "£0.00 under L10.17(b)(ii)"
        ),
        (
            "beta: £0.05 is no Recovery Cost: it supports the arrangements and is not in "
            "consequence of an Event [SEC L10.6]; reimbursed by L10.6"
        ),
    ]


def test_a_claim_says_what_is_owed_and_what_is_still_to_come() -> None:
    step = ClaimStep(ClaimAct.NOTICE, Actor.PARTY, NEXT_DAY)
    claim = RecoveryClaim(
        "alpha", EVENT, (step, ClaimStep(ClaimAct.ESTIMATE, Actor.PARTY, NEXT_DAY, 9))
    )
    assert list(tell_claim(claim, review_claim(claim, NEXT_DAY, 0), NEXT_DAY)) == [
        "claim of alpha: what the DCC owes is open [SEC L10.22, L10.23]"
    ]
    nothing = RecoveryClaim("alpha", EVENT, ())
    assert list(tell_claim(nothing, review_claim(nothing, NEXT_DAY, 0), NEXT_DAY))[1] == (
        "claim of alpha: notice of the claim due by 2027-05-01 [SEC L10.19(a)]"
    )


def test_a_breach_says_of_what_and_how_it_stands() -> None:
    [subscriber] = ALPHA.subscribers()
    deemed = deemed_breach(subscriber)
    assert list(tell_breach(deemed, review_breach(deemed, EVENT, (), NEXT_DAY))) == [
        (
            "alpha is deemed in breach of SEC L11.9: it is the Subscriber for a compromised "
            "Organisation Certificate [SEC L10.26]"
        ),
        "breach of alpha: deemed; the party may refer it to the Panel [SEC L10.26]",
    ]


def test_the_party_of_a_breach_is_called_as_people_call_it() -> None:
    assert [called(each) for each in ("dcc", "network-operator", "alpha")] == [
        "the DCC", "the network operator", "alpha",
    ]  # fmt: skip


def test_every_assumption_is_one_sentence_without_a_full_stop() -> None:
    assert len(set(ASSUMPTIONS)) == len(ASSUMPTIONS) == 7
    assert not [each for each in ASSUMPTIONS if each.endswith(".") or "\n" in each]
