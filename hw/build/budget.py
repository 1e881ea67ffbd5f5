"""Whether a firmware file keeps within what it may take of a board.

Zig's firmware is larger than that of the reference compiler, gcc, and has a larger budget.
"""

from pathlib import Path
from typing import NamedTuple

from firmware_sim.hw.build.firmware import call_graph
from firmware_sim.hw.build.sizes import (
    OTHER_TEXT_BUDGET,
    STACK_BUDGET,
    TEXT_BUDGET,
    sizes_of,
)
from firmware_sim.hw.build.stack import stack_bound


class Budget(NamedTuple):
    """Octets taken; `stack` is None where no call graph tells (gcc alone writes one)."""

    text: int
    stack: int | None

    @property
    def most_text(self) -> int:
        """The budget of the text, by the compiler that made it."""
        return OTHER_TEXT_BUDGET if self.stack is None else TEXT_BUDGET

    @property
    def is_kept(self) -> bool:
        """Whether each is below its budget."""
        return self.text < self.most_text and (self.stack or 0) < STACK_BUDGET

    def __str__(self) -> str:
        """For people."""
        stack = "not known" if self.stack is None else f"{self.stack:,} of {STACK_BUDGET:,} octets"
        return f"text {self.text:,} of {self.most_text:,} octets, stack {stack}"


def budget_of(elf: Path) -> Budget:
    """What a firmware file of `firmware_sim.hw.build.firmware` takes.

    Raises:
        HardwareError: the call graph holds what `firmware_sim.hw.build.stack` does not know.
    """
    graph = call_graph(elf)
    known = graph.is_file() and graph.stat().st_size > 0
    return Budget(sizes_of(elf).text, stack_bound(graph).octets if known else None)
