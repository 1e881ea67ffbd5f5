"""What a drill tells of prepayment, in sentences."""

from collections.abc import Iterable

from firmware_sim.bench.evidence.accounts.attacks import DeviceAttack
from firmware_sim.bench.evidence.accounts.uses import Prepayment
from firmware_sim.bench.evidence.wording import count, moment, span
from firmware_sim.bench.governance.prices import pounds


def prepayment_sentences(told: Prepayment) -> list[str]:
    """The customers' loss first, then the thief's gain."""
    found = []
    if told.sold:
        sold = count(told.sold, "token")
        unknown = f", {told.unknown:,} not known" if told.unknown else ""
        found.append(
            f"{sold} worth {pounds(told.sold_pence)} bought: {told.spent:,} credited, "
            f"{told.lost:,} refused, {told.unspent:,} not tried{unknown}."
        )
    if told.lost:
        lost = count(told.lost, "token")
        found.append(
            f"{lost} worth {pounds(told.lost_pence)} had been paid for and cannot be credited any "
            "more, because the key that made them was replaced: that is the customers' loss."
        )
    if told.thief_seconds is not None:
        found.append(_thief(told))
    return found


def printed_sentences(attacked: Iterable[DeviceAttack]) -> list[str]:
    """For how long and how much attackers printed money; nothing if none of them did."""
    brought = [each for each in attacked if each.tokens_credited or each.tokens_refused]
    if not brought:
        return []
    firsts = [each.first_credit for each in brought if each.first_credit]
    lasts = [each.last_credit for each in brought if each.last_credit]
    credited = count(sum(each.tokens_credited for each in brought), "token")
    refused = count(sum(each.tokens_refused for each in brought), "token")
    worth = pounds(sum(each.credited_pence for each in brought))
    when = f", from {moment(min(firsts))} to {moment(max(lasts))}" if firsts and lasts else ""
    meters = count(len(firsts), "meter")
    told = f"{credited} worth {worth} credited{when}, and {refused} refused"
    return [f"With tokens that nobody had paid for it topped up {meters}: {told}."]


def _thief(told: Prepayment) -> str:
    meters = count(told.thief_meters, "meter")
    until = f"for {span(told.thief_seconds or 0)}"
    if told.thief_has_still:
        until += f", and still can for {told.thief_has_still:,} of them"
    return (
        f"Who had copied the prepayment key could print money for {meters} {until}: up to "
        f"{pounds(told.thief_limit_pence)}, which is what their balances take. "
        f"In this drill {count(told.printed, 'such token')} worth {pounds(told.printed_pence)} "
        f"{'was' if told.printed == 1 else 'were'} credited."
    )
