"""What is to be done after a drill that ended before its time because people were refused a key."""

from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.step_words import BY_CUSTODY
from firmware_sim.bench.evidence.wording import count
from firmware_sim.bench.outcome import Verdict


def what_is_next(record: RunRecord) -> str:
    """Empty if custody signed all that was asked of it, or was to refuse it."""
    refused = [
        check
        for check in record.checks
        if check.name == BY_CUSTODY and check.verdict is Verdict.SKIPPED
    ]
    if not refused:
        return ""
    titles = {step.id: step.title for step in record.steps}
    last = refused[-1]
    still = record.relevant_recovered.missing
    trust = ""
    if still:
        do = "still trusts" if still == 1 else "still trust"
        trust = f" {count(still, 'Relevant Device')} {do} the key that fell."
    return (
        f"The drill ended at the step “{titles[last.step]}”: custody did not sign the command, so "
        f"that no device was sent it, and nothing after it was played. Custody said: "
        f"{last.reason}.{trust} Next: bring a key, devices and cells that the decision names, or "
        "have the SMKI PMA decide anew."
    )
