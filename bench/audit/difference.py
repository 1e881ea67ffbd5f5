"""Two audits side by side: what was mended, what is still wrong, and what went wrong since."""

from dataclasses import dataclass
from functools import cached_property

from firmware_sim.bench.audit.result import KeptAudit, KeptFinding
from firmware_sim.bench.audit.sorts import Sort
from firmware_sim.bench.evidence.wording import count

_Cell = tuple[str, str]


@dataclass(frozen=True)
class AuditComparison:
    """An earlier and a later audit."""

    old: KeptAudit
    new: KeptAudit

    @cached_property
    def warnings(self) -> list[str]:
        """Why the two cannot be set beside each other without care."""
        found = []
        if self.old.devices != self.new.devices:
            found.append(
                f"{count(self.old.devices, 'device')} asked before, {self.new.devices:,} after"
            )
        if self.new.answered < self.new.devices:
            silent = self.new.devices - self.new.answered
            found.append(f"the later audit knows nothing of {count(silent, 'device')}")
        return found

    @property
    def sorts(self) -> list[tuple[Sort, int, int]]:
        """Cells of each sort, old and new."""
        return [(each, self.old.sorts.get(each, 0), self.new.sorts.get(each, 0)) for each in Sort]

    @cached_property
    def gone(self) -> list[KeptFinding]:
        """Wrong cells of the old audit that are not among those of the new.

        Of a device that the later audit did not ask, that is no mending: see `warnings`.
        """
        after = _by_cell(self.new)
        return [each for each in self.old.findings if _cell(each) not in after]

    @cached_property
    def still(self) -> list[KeptFinding]:
        """Cells that are not right in both, as they are now."""
        before = _by_cell(self.old)
        return [each for each in self.new.findings if _cell(each) in before]

    @cached_property
    def come(self) -> list[KeptFinding]:
        """Cells that are not right now, and were before or were not asked."""
        before = _by_cell(self.old)
        return [each for each in self.new.findings if _cell(each) not in before]

    @property
    def types(self) -> list[str]:
        """Device types of either audit."""
        return sorted({each.type for audit in (self.old, self.new) for each in audit.cells})

    def as_json(self) -> dict[str, object]:
        """Figures and cells."""
        return {
            "sorts": [
                {"sort": sort.value, "old": old, "new": new} for sort, old, new in self.sorts
            ],
            "warnings": self.warnings,
            "skipped": {"old": self.old.skipped, "new": self.new.skipped},
            "unlisted": {"old": self.old.unlisted, "new": self.new.unlisted},
            "gone": [each.model_dump(mode="json") for each in self.gone],
            "still": [each.model_dump(mode="json") for each in self.still],
            "come": [each.model_dump(mode="json") for each in self.come],
        }


def cells_of(audit: KeptAudit, kind: str, sort: Sort) -> int:
    """Cells of a sort in devices of a type."""
    return sum(each.sorts.get(sort, 0) for each in audit.cells if each.type == kind)


def _cell(finding: KeptFinding) -> _Cell:
    return finding.device, finding.cell


def _by_cell(audit: KeptAudit) -> frozenset[_Cell]:
    return frozenset(map(_cell, audit.findings))
