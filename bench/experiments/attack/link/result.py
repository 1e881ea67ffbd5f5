"""What the attacker on the link did and found: counts, and tokens of what went wrong."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

COUNTED = ("actions", "deliveries", "altered", "obeyed", "power_cuts", "false_answers")


class LinkFailure(NamedTuple):
    """A run after which something was wrong, and the token that makes it again."""

    token: str
    text: str

    def __str__(self) -> str:
        return f"{self.token}: {self.text}"


@dataclass
class LinkResult:
    """All runs.

    Attributes:
        counts: by the names in `COUNTED`, and ``runs``.
        by_target: the failures before each kind of device that was played before.
    """

    counts: Counter[str] = field(default_factory=Counter)
    by_target: dict[str, list[LinkFailure]] = field(default_factory=dict)

    @property
    def failures(self) -> list[LinkFailure]:
        """All of them."""
        return [failure for failures in self.by_target.values() for failure in failures]

    def add(self, target: str, counts: Mapping[str, int], failure: LinkFailure | None) -> None:
        """Take down one run."""
        self.counts["runs"] += 1
        self.counts.update(counts)
        self.by_target.setdefault(target, []).extend([failure] if failure else [])

    def as_json(self) -> dict[str, object]:
        """Counts first."""
        return {
            **{name: self.counts[name] for name in ("runs", *COUNTED)},
            "failures": len(self.failures),
            "tokens": [failure._asdict() for failure in self.failures],
        }
