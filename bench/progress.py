"""How a long run reports its progress, without knowing how that is shown."""

from typing import Protocol


class Progress(Protocol):
    """Shows the progress of one run; `start` may be called again when a new stage begins."""

    def start(self, total: int, title: str) -> None:
        """A stage of `total` units of work begins; the title names it for people."""

    def advance(self, step: int = 1, text: str = "") -> None:
        """So many units are done; the text, if any, says what is being done now."""


class Silent:
    """A Progress that shows nothing."""

    def start(self, total: int, title: str) -> None:
        """Show nothing."""

    def advance(self, step: int = 1, text: str = "") -> None:
        """Show nothing."""


class StepProgress:
    """A Progress whose titles also say which step of how many it is.

    Args:
        shown: where it is shown.
        steps: how many there are.
    """

    def __init__(self, shown: Progress, steps: int) -> None:
        self._shown = shown
        self._steps = steps
        self._place = ""

    def begin(self, number: int) -> None:
        """A step begins; the first has the number 1."""
        self._place = f" (step {number} of {self._steps})"

    def start(self, total: int, title: str) -> None:
        """Begin a stage of this step."""
        self._shown.start(total, f"{title}{self._place}")

    def advance(self, step: int = 1, text: str = "") -> None:
        """So many units are done."""
        self._shown.advance(step, text)
