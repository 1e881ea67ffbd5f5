"""What ``fleet run`` says at its end: to people, from the same summary as its page."""

from collections.abc import Iterator
from typing import Any

from firmware_sim.bench.evidence.wording import count, sentence, several, verdict
from firmware_sim.bench.experiments.fleet.finishing import Summary
from firmware_sim.bench.experiments.fleet.page import verdicts_of
from firmware_sim.bench.experiments.fleet.priced import price_lines
from firmware_sim.bench.outcome import Outcome

_MOST_WAVES = 20


def ending_lines(summary: Summary) -> Iterator[str]:
    """Both verdicts, what became of the devices, waves, attacker and costs; a line each."""
    word, meaning = verdict(Outcome(summary["outcome"]))
    yield f"{word}. {summary['reason'] or meaning}"
    for words in verdicts_of(summary):
        yield f"{words.about} {words.word}: {words.sentence}"
    for fate, number in summary["outcomes"].items():
        yield f"{number:,} devices {fate}"
    yield from _waves(summary)
    yield from _attack(summary["attack"])
    yield from _costs(summary)
    judged = summary["judged"]
    yield (
        f"Checked against the simulator: one device in {judged['one_of']:,}, "
        f"{judged['devices']:,} in all; {len(judged['unequal'])} left another flash image there"
    )


def _waves(summary: Summary) -> Iterator[str]:
    waves = summary["waves"]
    for each in waves[:_MOST_WAVES]:
        ends = ("recovered", "failed", "unreachable", "not_asked")
        found = [f"{each[end]:,} {end.replace('_', ' ')}" for end in ends if each[end]]
        told = several(found) if found else "nothing came of it"
        yield f"Wave {each['wave']} of {each['step']}, {count(each['devices'], 'device')}: {told}"
    if len(waves) > _MOST_WAVES:
        yield f"and {count(len(waves) - _MOST_WAVES, 'more wave')} in fleet.html"
    yield from summary["wave_sentences"]


def _attack(attack: dict[str, Any] | None) -> Iterator[str]:
    if attack is None:
        return
    told = f"{count(attack['commands'], 'command')} to {count(attack['devices'], 'device')}"
    changed = f"{count(attack['changed'], 'device')} held something of the attacker's own"
    then = f"{changed}: {attack['won_back']:,} won back, {attack['lost']:,} lost for good"
    yield f"The attacker: {told}; {then if attack['changed'] else 'no device took anything of it'}"


def _costs(summary: Summary) -> Iterator[str]:
    prices = summary["prices"]
    if prices is None:
        return
    *suppliers, (_, total) = price_lines(prices)
    of = several([f"{name} {each.amount}" for name, each in suppliers]) if suppliers else ""
    devices = count(total.replace + total.renew, "device")
    under = "under L10.17(b)" if prices["recovery_event"] else "no Recovery Event, no Recovery Cost"
    told = f"costs at assumed prices, {devices} ({under}): {total.amount}"
    yield sentence(f"{told}{f', of {of}' if of else ''}")
