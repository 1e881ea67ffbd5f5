"""One root for everything that can be wrong with a message, a certificate or a key.

Two directions, because they are mended by different people: a `LocalError` is our
caller's mistake, a `RemoteError` is in octets that another party produced.
"""

_SHOWN_OCTETS = 16


class GbcsError(Exception):
    """Root of the errors raised by `gbcs`.

    Args:
        reason: one human-readable sentence, without a final full stop.
        clause: the rule that is broken, e.g. ``"GBCS 13.3.3"`` or ``"RFC 5280 4.2.1.3"``.
        offset: position of the first wrong octet in the input, if it is known.
        octets: the wrong octets; the text shows at most the first 16.
    """

    def __init__(
        self, reason: str, *, clause: str = "", offset: int | None = None, octets: bytes = b""
    ) -> None:
        self.reason = reason
        self.clause = clause
        self.offset = offset
        self.octets = bytes(octets)
        super().__init__(self._text())

    def _text(self) -> str:
        text = self.reason
        if self.offset is not None:
            text += f" at octet {self.offset}"
        if self.octets:
            shown = self.octets[:_SHOWN_OCTETS].hex()
            text += f" ({shown}{'…' if len(self.octets) > _SHOWN_OCTETS else ''})"
        if self.clause:
            text += f" [{self.clause}]"
        return text


class LocalError(GbcsError):
    """We were asked to build something that the specification does not allow."""


class RemoteError(GbcsError):
    """Octets from elsewhere break a rule; the text says which and where."""
