"""What a firmware cannot be asked: another policy than the default."""

from firmware_sim.bench.errors import UsageError
from firmware_sim.gbcs.policy import Policy


def check_default_policy(policy: Policy) -> None:
    """A firmware, on a board or in the engine, decides every open point by its default.

    Raises:
        UsageError: another choice somewhere.
    """
    others = [f"{item.point.name}={item.choice}" for item in policy.describe()
              if item.choice != item.point.default]  # fmt: skip
    if others:
        raise UsageError(
            f"the firmware has the default policy, not {', '.join(others)}",
            "leave --policy out, or use --target memory",
        )
