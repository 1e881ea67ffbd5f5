"""`faults` of a story: devices that lose their power, and certificates that are none for a cell."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Final, Literal

from pydantic import Discriminator, Field, Tag

from firmware_sim.bench.drills.selection import CellSelector, selected_cells
from firmware_sim.bench.files.terms import Slug
from firmware_sim.bench.files.yaml_mistakes import Location, suggestion
from firmware_sim.bench.population.schema import DrawnDevices
from firmware_sim.bench.smki.parameters import PARTY_CELLS
from firmware_sim.gbcs.roles import KeyUsage, TrustAnchorCellId

Found = tuple[Location, str]

_POWER_CUT: Final = "power cut"
_BAD_CERTIFICATE: Final = "bad certificate"


class FaultTerm(DrawnDevices):
    """Devices that chance takes for a fault."""

    step: Slug | None = None
    """The update in which it happens; the first one of a party's that is to be accepted."""


class PowerCutTerm(FaultTerm):
    """The power of a device fails while it commits what its command says, and comes back."""

    power_cut: Annotated[Literal["commit"], Field(alias=_POWER_CUT)]
    """When it fails."""


class BadCertificateTerm(FaultTerm):
    """One cell of a device is sent a bad certificate.

    In turn it is one without its issuer in the path, and one for another key usage.
    """

    bad_certificate: Annotated[CellSelector, Field(alias=_BAD_CERTIFICATE)]
    """The cell: one alone, such as `supplier.KA`."""

    @property
    def cell(self) -> TrustAnchorCellId | None:
        """The cell; None if a role is named, or all."""
        found = [cell for cell in PARTY_CELLS if str(cell) == self.bad_certificate]
        return found[0] if found else None


def _kind_of(value: object) -> str | None:
    if isinstance(value, FaultTerm):
        return "cut" if isinstance(value, PowerCutTerm) else "certificate"
    if not isinstance(value, dict):
        return None
    return "cut" if _POWER_CUT in value else "certificate" if _BAD_CERTIFICATE in value else None


Fault = Annotated[
    Annotated[PowerCutTerm, Tag("cut")] | Annotated[BadCertificateTerm, Tag("certificate")],
    Discriminator(
        _kind_of,
        custom_error_type="no_such_fault",
        custom_error_message="a fault is 'power cut' or 'bad certificate'",
    ),
]


def other_usage(cell: TrustAnchorCellId) -> TrustAnchorCellId | None:
    """A cell of the same party for another key usage; None if the party has no such certificate."""
    is_signature = cell.key_usage is KeyUsage.DIGITAL_SIGNATURE
    usage = KeyUsage.KEY_AGREEMENT if is_signature else KeyUsage.DIGITAL_SIGNATURE
    other = TrustAnchorCellId(cell.role, usage)
    return other if other in PARTY_CELLS else None


def fault_mistakes(
    faults: Sequence[FaultTerm], updates: dict[str, tuple[tuple[str, ...], int]]
) -> Iterator[Found]:
    """What is wrong between faults and steps.

    Args:
        updates: name of each update of a party that is to be accepted -> its cells, as the story
            names them, and the generation that it installs; in their order.
    """
    for number, fault in enumerate(faults):
        place = ("faults", number)
        if not updates:
            yield place, "no update of a party is to be accepted, in which it could happen"
        elif fault.step is not None and fault.step not in updates:
            near = suggestion(fault.step, updates)
            yield (*place, "step"), f"no update of a party is named {fault.step!r}{near}"
        elif isinstance(fault, BadCertificateTerm):
            cells, generation = updates[fault.step or next(iter(updates))]
            for text in _certificate_mistakes(fault, cells, generation):
                yield (*place, _BAD_CERTIFICATE), text


def _certificate_mistakes(
    fault: BadCertificateTerm, cells: tuple[str, ...], generation: int
) -> Iterator[str]:
    cell = fault.cell
    if cell is None:
        yield f"{fault.bad_certificate!r} is no single cell; write one such as supplier.KA"
    elif other_usage(cell) is None:
        yield f"{cell.role.label} has no certificate with another key usage than that of {cell}"
    elif not selected_cells(cells, (cell,)):
        yield f"the step does not replace {cell}; it replaces {', '.join(cells)}"
    elif generation == 1:
        text = "certificates of generation 1 have one issuer"
        yield f"{text}; name an update that installs a later one, e.g. add step: recovery"
