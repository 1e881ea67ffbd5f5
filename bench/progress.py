"""How a long run says how far it is; a terminal, a log or a test shows it."""

from typing import Protocol


class Progress(Protocol):
    """What shows one run; `start` may be called again when a new stage begins."""

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
