"""``firmware-sim pki subscribers``: who may ask for which certificate, and by which clause."""

from collections.abc import Iterator

from rich.table import Table

from firmware_sim.bench.cli.output import print_json, stdout
from firmware_sim.bench.smki.eligibility import ASSUMPTIONS
from firmware_sim.bench.smki.eligibility_table import (
    DEVICE_ROWS,
    ORGANISATION_ROWS,
    Migration,
    OrganisationRow,
)

_COLUMNS = ("clause", "certificate", "who may ask", "condition")


def tell_subscribers(*, json: bool) -> None:
    """Print the tables of SEC L3.16 to L3.21, as the PKI applies them, with its assumptions."""
    rows = list(_rows())
    if json:
        named = [dict(zip(_COLUMNS, row, strict=True)) for row in rows]
        print_json({"subscribers": named, "assumptions": list(ASSUMPTIONS)})
        return
    table = Table(title="Eligible Subscribers", title_justify="left")
    for column in _COLUMNS:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row)
    stdout.print(table)
    for sentence in ASSUMPTIONS:
        stdout.print(f"assumption: {sentence}", markup=False, highlight=False, soft_wrap=True)


def _rows() -> Iterator[tuple[str, str, str, str]]:
    for device in DEVICE_ROWS:
        kinds = ", ".join(sorted(kind.name for kind in device.subjects))
        condition = "before the device is installed" if device.unless_installed else ""
        yield "L3.16", kinds, device.party, condition
    yield "L3.16", "Production Proving Device", "the DCC", ""
    yield "L3.17", "Root DCA, Issuing DCA", "the DCC", "one root, but for its replacement"
    for row in ORGANISATION_ROWS.values():
        clause = "assumption" if row.assumption else "L3.18"
        code = f"{row.role.label} ({int(row.role)})"
        yield clause, code, ", ".join(sorted(row.parties)), _condition(row)
    yield "L3.19", "Root OCA, Issuing OCA", "the DCC", "one root, but for its replacement"
    yield "L3.20", "IKI", "as its policy says", "not issued here"
    yield "L3.21", "Root ICA, Issuing ICA", "the DCC", "not issued here"


def _condition(row: OrganisationRow) -> str:
    if row.user_roles:
        return f"with an identifier as {' or '.join(sorted(row.user_roles))}"
    if row.when is not Migration.ALWAYS:
        return row.when.value
    return f"from DCC Live System ({row.system})"
