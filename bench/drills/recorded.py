"""What a run was begun with, as its record has it."""

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.run_info import GUIDANCE, INVENTORY, InputText
from firmware_sim.bench.governance.guidance import Guidance, read_guidance
from firmware_sim.gbcs.errors import LocalError
from firmware_sim.gbcs.policy import Policy


def policy_of(record: RunRecord, mend: str) -> Policy:
    """The policy of a run.

    Args:
        mend: what the user can do about a run of another policy.

    Raises:
        UsageError: this version has not its choices.
    """
    try:
        return Policy.from_choices({row.name: row.choice for row in record.policy})
    except LocalError as error:
        raise UsageError(f"this version has not the policy of the run: {error}", mend) from error


def guidance_of(record: RunRecord) -> Guidance | None:
    """The Recovery Key Guidance that a run was given; None for the one of the project.

    Raises:
        UsageError: this version cannot read it.
    """
    source = record.input_of(GUIDANCE)
    return None if source is None else read_guidance(source.text, source.origin)


def inventory_of(record: RunRecord) -> InputText | None:
    """The inventory that the story of a run names; None if it names none."""
    source = record.input_of(INVENTORY)
    return None if source is None else InputText(source.kind, source.origin, source.text)
