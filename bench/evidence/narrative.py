"""What happened, in sentences: for a reader who has to decide whether to believe the record."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from firmware_sim.bench.evidence.accounts.recovery_event import RecoveryEvent
from firmware_sim.bench.evidence.grouping import BAD
from firmware_sim.bench.evidence.next_words import what_is_next
from firmware_sim.bench.evidence.price_sums import priced_run
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.evidence.wording import UNSIGNED, count, label, sentence, several, target
from firmware_sim.bench.outcome import Outcome, Verdict

_CLAUSE: Final = re.compile(r" \[[^]]*\]$")

_NO_CHECK_WENT_WRONG = (
    *(Outcome.PASSED, Outcome.PROCEDURE_NOT_FOLLOWED),
    *(Outcome.OUTSTANDING, Outcome.NOT_AS_DECLARED),
)


def what_happened(record: RunRecord) -> list[tuple[str, str]]:
    """A heading and a sentence or two about each part that took place, in order."""
    parts = (
        ("What fell", _fallen(record)),
        ("Who took part", _devices(record)),
        ("Who decided", _decision(record)),
        ("The attacker", _attacker(record)),
        ("The waves", " ".join(record.wave_sentences)),
        ("What came of it", _outcomes(record)),
        ("What is next", what_is_next(record)),
        ("What it would cost", _price(record)),
        ("What changed", _cells(record)),
        ("What was refused", _refusals(record)),
    )
    return [(heading, told) for heading, told in parts if told]


def result(record: RunRecord) -> str:
    """What stands under the verdict: how much was checked, and what did not go well."""
    counts = record.counts
    total = sum(counts[f"checks_{verdict}"] for verdict in Verdict)
    if record.run.outcome in _NO_CHECK_WENT_WRONG:
        text = f"All {count(counts['checks_passed'], 'check')} on " + _device_count(record)
        return text + " passed." + _skipped(record)
    text = " ".join(_bad(record)) or f"{count(total, 'check')} on {_device_count(record)}."
    return f"{record.run.reason} {text}".strip() + _skipped(record)


def _bad(record: RunRecord) -> Iterator[str]:
    for verdict, words in ((Verdict.FAILED, "failed"), (Verdict.ERROR, "could not be made")):
        bad = [check for check in record.checks if check.verdict is verdict]
        if bad:
            devices = {check.device for check in bad if check.device}
            where = f" on {count(len(devices), 'device')}" if devices else ""
            of = f" of {len(record.checks):,}"
            yield f"{count(len(bad), 'check')}{of} {words}{where}."
    idle = record.run.outcome is Outcome.NOTHING_RAN
    if idle and not record.counts["messages_to_devices"]:
        yield "No message was sent to a device."
    for step in record.steps:
        if step.verdict in BAD or (idle and step.verdict is Verdict.SKIPPED):
            reason = step.reason.partition("; warning:")[0]  # which changes no verdict
            yield f"Step “{step.title}”: {reason or step.verdict}."


def _skipped(record: RunRecord) -> str:
    skipped = record.counts["checks_skipped"]
    return f" {count(skipped, 'check was', 'checks were')} skipped." if skipped else ""


def _device_count(record: RunRecord) -> str:
    return count(len(record.devices), "device")


def _fallen(record: RunRecord) -> str:
    told = [row for row in record.governance if row.event == GovernanceEvent.COMPROMISE]
    if not told:
        return ""
    first = f"{sentence(_CLAUSE.sub('', told[0].detail))}."
    if len(told) == 1:
        return first
    keys = count(len(told) - 1, "more key")
    return f"{first} {keys} fell after it, as “Decisions and custody” tells."


def _attacker(record: RunRecord) -> str:
    return "" if record.attack is None else " ".join(record.attack.first_sentences)


def _outcomes(record: RunRecord) -> str:
    """Of the devices that were to be recovered, how many came to which end."""
    sums = record.outcome_sums
    if not sums:
        return ""
    whole, recovered = sums["total"], sums["recovered"]
    others = [f"{number:,} {name}" for name, number in sums.items()
              if number and name not in {"recovered", "total"}]  # fmt: skip
    rest = f"; {several(others)}" if others else ""
    if not record.accounts.last(RecoveryEvent):
        devices = count(whole, "device")
        return f"{recovered:,} of {devices} took the credentials that were meant for them{rest}."
    were = "was" if recovered == 1 else "were"
    return f"{recovered:,} of {count(whole, 'Relevant Device')} {were} recovered{rest}."


def _price(record: RunRecord) -> str:
    prices = priced_run(record.accounts)
    if prices is None or not prices.devices:
        return ""
    total = prices.total
    what = f"{count(len(prices.devices), 'device')}, {total.amount} at the prices that the story"
    without = f", {total.unpriced:,} of them without one" if total.unpriced else ""
    if prices.has_event:
        return f"{what} assumes{without}, under L10.17(b)."
    return f"{what} assumes{without}. Without a Recovery Event it is no Recovery Cost."


def _devices(record: RunRecord) -> str:
    if not record.devices:
        return ""
    types = Counter(device.type for device in record.devices)
    kinds = several([f"{number:,} {kind}" for kind, number in types.items()])
    homes = count(record.run.premises, "home", "homes")
    return (
        f"{_device_count(record)} in {homes} took part ({kinds}), reached "
        f"{target(record.run.target)}."
    )


def _decision(record: RunRecord) -> str:
    events = [row.event for row in record.governance]
    refused = events.count(GovernanceEvent.CUSTODY_REFUSED)
    asked = f" Custody turned away {count(refused, 'request')}." if refused else ""
    if GovernanceEvent.CUSTODY not in events:
        return f"No protected key left custody.{asked}" if events else ""
    before_use = events[: events.index(GovernanceEvent.CUSTODY)]
    if GovernanceEvent.DECISION not in before_use:
        return f"A protected key was used before any decision was recorded.{asked}"
    return (
        "The SMKI PMA decided, and only then was a protected key used; every use is recorded."
        + asked
    )


def _cells(record: RunRecord) -> str:
    counts = record.counts
    replaced, kept = counts["cells_replaced"], counts["cells_unchanged"]
    if not replaced + kept:
        return ""
    left = f", {kept:,} kept theirs" if kept else ""
    holds = "holds" if replaced == 1 else "hold"
    first = f"{count(replaced, 'Trust Anchor Cell')} now {holds} another key{left}."
    if not replaced:
        first = f"No Trust Anchor Cell holds another key than before: {kept:,} kept theirs."
    return f"{first} {_agreement(record)}"


def _agreement(record: RunRecord) -> str:
    """How far the two accounts of each cell say the same."""
    cells = [cell for device in record.devices for cell in device.cells]
    once = sum(len(cell.sources) < 2 for cell in cells)
    if once == len(cells):
        return (
            "Each cell was read in one way alone, from the device's answer or from its flash "
            "memory, so that no second reading confirms it."
        )
    differing = sum(not cell.sources_agree for cell in cells)
    agree = "for every cell" if not once else f"for {len(cells) - once:,} cells"
    found = f"differ for {count(differing, 'cell')}" if differing else f"agree {agree}"
    why = "the device did not answer, or its flash was not read"
    only = f"; of {count(once, 'cell')} only one account tells, as {why}" if once else ""
    return (
        "Each was read twice, from the device's own signed answer and from its flash memory: "
        f"the two accounts {found}{only}."
    )


def _refusals(record: RunRecord) -> str:
    if not record.refusals:
        return ""
    reasons = Counter(item.reason for item in record.refusals)
    listed = several([f"{label(reason)} ({number:,})" for reason, number in reasons.items()])
    times = count(len(record.refusals), "time")
    unsigned = sum(item.text.startswith(UNSIGNED) for item in record.refusals)
    text = f"Devices refused a message {times}, each for a recorded reason: {listed}."
    if not unsigned:
        return text
    return f"{text} Of these reasons {unsigned:,} are told beside the device, unsigned."
