"""What a store refuses to do, and why."""


class StoreError(Exception):
    """The store cannot be opened, or the flash does not keep what it was given.

    Args:
        reason: one human-readable sentence, without a final full stop and without secrets.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class InsufficientSpace(StoreError):
    """A transaction does not fit, not even after compaction; nothing has been programmed."""
