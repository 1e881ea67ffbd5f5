"""`do: update`: cells are replaced by credentials of another generation."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, StrictBool, Tag

from firmware_sim.bench.drills.execute_terms import Execution
from firmware_sim.bench.drills.omit_terms import Forged, Omitted
from firmware_sim.bench.drills.refusal_terms import RefusalExpected
from firmware_sim.bench.drills.selection import CellSelector, meant_for
from firmware_sim.bench.drills.sending_step import SendingStep
from firmware_sim.bench.drills.story_terms import ClockTrust, Generation, Holder, Mode, Slug, Status
from firmware_sim.bench.drills.wave_terms import RetryTerm, StopTerm, WaveTerm
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.roles import TrustAnchorCellId

StatusExpected = Annotated[dict[CellSelector, Status], Field(min_length=1)]
"""The device must answer with this status for these cells, which then stay as they were, and
with success for all others; later entries decide."""


def _kind_of(expected: object) -> str:
    if isinstance(expected, RefusalExpected) or (
        isinstance(expected, dict) and "refused" in expected
    ):
        return "refusal"
    return "status" if isinstance(expected, dict) else "word"


UpdateExpectation = Annotated[
    Annotated[Literal["accepted", "not signed", "not served"], Tag("word")]
    | Annotated[RefusalExpected, Tag("refusal")]
    | Annotated[StatusExpected, Tag("status")],
    Discriminator(_kind_of),
]


class UpdateStep(SendingStep):
    """CS02b: replace cells by credentials of another generation."""

    do: Literal["update"]
    mode: Mode
    """Who replaces what, by GBCS 13.3."""
    cells: Annotated[tuple[CellSelector, ...], Field(min_length=1)]
    """The cells to replace: `all`, a role, or one cell."""
    install: Generation
    """The generation of the new credentials."""
    holder: Holder | None = None
    """The party whose certificates are installed, if not the cells' own."""
    floors: Literal["none", "zero", "now"] = "none"
    """Where the Originator Counters of the sender, and of each new key, begin."""
    overheard: Slug | None = None
    """Kept contingency commands from which the attacker takes the symmetric key."""
    expect: UpdateExpectation = "accepted"
    """Whether the device must obey, for which reasons refuse, or a status for each cell; or, of
    Recovery and Contingency, that custody must not sign because no decision covers it; or, in the
    name or at the devices of a failed supplier, that the DCC must not pass it on."""
    execute: Execution | None = None
    """When the device is to carry the command out; without it at once."""
    omit: tuple[Omitted, ...] = ()
    """What the command lacks."""
    absent: StrictBool = False
    """The devices have no such cells: the command names them all the same."""
    under: Generation | None = None
    """Generation of the Issuing OCA of certificates and path; without it the device's own."""
    under_present_root: Annotated[StrictBool, Field(alias="under present root")] = False
    """The Issuing OCA in `under` has its certificate of the root that the device holds now."""
    links: Annotated[tuple[Generation, ...], Field(min_length=1)] | None = None
    """The roots for which a link certificate stands in the path, in this order: each is vouched for
    by the root before it. Without it the root that is installed."""
    forge: tuple[Forged, ...] = ()
    """What of the command a wrong key has made, or signed."""
    waves: tuple[WaveTerm, ...] = ()
    """One after the other; none for all devices in one go."""
    stop: StopTerm | None = None
    """When no further wave begins."""
    retry: RetryTerm | None = None
    """What follows silence; without it the command is sent again at once."""
    time_checks: Annotated[StrictBool, Field(alias="time checks")] = True
    """Whether the device is to look at periods of validity; `false`: the command disapplies it."""
    clock: ClockTrust = "reliable"
    """How far the devices trust their clocks, which show the right time, during the step."""

    @property
    def is_to_fail(self) -> bool:
        """Whether no device may obey."""
        refused = isinstance(self.expect, RefusalExpected)
        return refused or self.expect in ("not signed", "not served")

    @property
    def is_spoilt(self) -> bool:
        """No device may take the command, and the step expects that it is accepted."""
        return bool(self.omit or self.forge) and self.expect == "accepted"

    def status_of(self, cell: TrustAnchorCellId) -> StatusCode:
        """What the device must report of a cell, if it does not refuse the command."""
        said = meant_for(cell, self.expect) if isinstance(self.expect, dict) else None
        return StatusCode.SUCCESS if said is None else said
