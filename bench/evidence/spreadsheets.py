"""Tables for spreadsheets: ``csv/devices.csv``, ``csv/cells.csv`` and ``csv/checks.csv``.

Where Relevant Devices were not recovered, ``csv/l10-17-b.csv`` lists them; if the story assumes
prices, ``csv/prices.csv`` says what each would cost. Where an attacker came
to devices, ``csv/attacked.csv`` says what it did to each; ``csv/stolen-key-uses.csv``, what steps
with copied keys got done. Where prepayment customers could not top up, ``csv/top-up-gaps.csv`` says
when. ``csv/sizes.csv`` has what a story estimates.

UTF-8 with a byte order mark, by which Excel knows it. A text that a spreadsheet would take for a
formula begins with an apostrophe, and no character of it is unseen.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from firmware_sim.bench.evidence.accounts.sizes import SizeEstimate
from firmware_sim.bench.evidence.accounts.uses import TopUpGap
from firmware_sim.bench.evidence.attacks import AttackFigures
from firmware_sim.bench.evidence.first_page import FirstPage
from firmware_sim.bench.evidence.price_sums import PricedRun, priced_run
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.record_rows import Contents
from firmware_sim.bench.evidence.standing import Standing
from firmware_sim.bench.files.foreign_text import in_a_cell
from firmware_sim.bench.files.whole_files import new_file, own_folder

CSV_FOLDER: Final = "csv"

Field = str | int | float | bool | None


def write_spreadsheets(record: RunRecord, folder: Path) -> None:
    """Write the tables of a record.

    Raises:
        BenchError: a file cannot be written.
    """
    place = own_folder(folder / CSV_FOLDER)
    tables = {"devices": _devices(record), "cells": _cells(record), "checks": _checks(record)}
    if record.not_recovered:
        tables["l10-17-b"] = _not_recovered(record)
    if (prices := priced_run(record.accounts)) is not None:
        tables["prices"] = _prices(prices)
    if record.attack is not None and record.attack.devices:
        tables["attacked"] = _attacked(record.attack)
    if record.attack is not None and record.attack.uses:
        tables["stolen-key-uses"] = _stolen(record.attack)
    if gaps := record.accounts.all(TopUpGap):
        tables["top-up-gaps"] = _gaps(gaps)
    if sizes := record.accounts.all(SizeEstimate):
        tables["sizes"] = _sizes(sizes)
    for name, rows in tables.items():
        with (
            new_file(place / f"{name}.csv") as file,
            io.TextIOWrapper(file, "utf-8", errors="replace", newline="") as text,
        ):
            text.write("\ufeff")  # not by utf-8-sig, whose encoder is called for each row
            csv.writer(text).writerows(map(_safe, rows))


def _gaps(gaps: Iterable[TopUpGap]) -> Iterator[Iterable[Field]]:
    yield "device", "since", "until", "seconds", "tries", "why"
    for gap in gaps:
        yield gap.device, gap.since, gap.until, gap.seconds, gap.tries, gap.why


def _sizes(sizes: list[SizeEstimate]) -> Iterator[Iterable[Field]]:
    links = list(sizes[0].milliseconds)
    yield (
        "algorithms", "standards", "type", "certificate", "reading", "reading by mac",
        "every cell", "octets a block", "blocks", "on the link", *(f"ms: {link}" for link in links),
        "flash", "area", "too large",
    )  # fmt: skip
    for each in sizes:
        yield (
            each.algorithm, each.standards, each.type, each.certificate, each.reading,
            each.reading_by_mac, each.command, each.block, each.blocks, each.on_link,
            *(each.milliseconds.get(link) for link in links),
            each.flash, each.area, "; ".join(each.too_large),
        )  # fmt: skip


def _devices(record: RunRecord) -> Iterator[Iterable[Field]]:
    yield (
        "device", "type", "premises", "verdict", "outcome", "recovered after s", "cells replaced",
        "cells unchanged", "cells not read", "first problem", "reason", "image before",
        "image after", "responsible supplier", "network operator", "smi status", "relevant",
        "affected cells",
    )  # fmt: skip
    after = {each.entity: each.seconds for each in record.recoveries or ()}
    outcomes = record.outcomes
    stuck = {each.device.entity: each.check for each in FirstPage(record).all_stuck}
    for device in record.devices:
        changes = [cell.change for cell in device.cells]
        problem = stuck.get(device.entity)
        yield (
            device.entity, device.type, device.premises,
            record.verdict_of(device) or "not checked",
            outcomes[device.entity].outcome if device.entity in outcomes else "",
            after.get(device.entity), changes.count("replaced"), changes.count("unchanged"),
            changes.count("not read"), problem.name if problem else "",
            problem.reason if problem else "", device.image_before, device.image_after,
            *_owned(record.standings.get(device.entity)),
        )  # fmt: skip


def _not_recovered(record: RunRecord) -> Iterator[Iterable[Field]]:
    yield "device", "type", "premises", "outcome", "Responsible Supplier"
    devices = {device.entity: device for device in record.devices}
    for each in record.not_recovered:
        device = devices[each.device]
        yield each.device, device.type, device.premises, each.outcome, each.responsible_supplier


def _prices(prices: PricedRun) -> Iterator[Iterable[Field]]:
    yield "device", "Responsible Supplier", "outcome", "paragraph", "assumed pence"
    for each in prices.devices:
        yield (
            each.device, each.responsible_supplier, each.outcome, each.provision, each.pence
        )  # fmt: skip


def _attacked(attack: AttackFigures) -> Iterator[Iterable[Field]]:
    yield (
        "device", "key", "commands", "cells changed", "from", "to", "won back", "cells lost",
        "tokens credited", "pence credited", "first credit", "last credit", "tokens refused",
    )  # fmt: skip
    for each in attack.devices:
        is_back = "" if each.since is None else "no" if each.lost else "yes"
        yield (
            each.device, each.holds, each.tries, " ".join(each.cells), each.since, each.until,
            is_back, " ".join(each.lost), each.tokens_credited, each.credited_pence,
            each.first_credit, each.last_credit, each.tokens_refused,
        )  # fmt: skip


def _stolen(attack: AttackFigures) -> Iterator[Iterable[Field]]:
    yield "device", "type", "deed", "times", "under another key", "first", "last"
    for each in attack.uses:
        yield each.device, each.type, each.deed, each.times, each.late, each.first, each.last


def _owned(standing: Standing | None) -> Iterable[Field]:
    if standing is None:
        return ("",) * 5
    owners = standing.responsible_supplier, standing.network_operator, standing.smi_status
    return (*owners, standing.relevant or "no", " ".join(standing.affected))


def _cells(record: RunRecord) -> Iterator[Iterable[Field]]:
    yield (
        "device", "type", "cell", "change", "sources agree", "key before", "key after",
        "subject before", "subject after", "proven", "has a public use",
    )  # fmt: skip
    for device in record.devices:
        for cell in device.cells:
            before, after = _counted(cell.before), _counted(cell.after)
            yield (
                device.entity, device.type, cell.cell, cell.change, cell.sources_agree,
                before.key_identifier, after.key_identifier, before.subject, after.subject,
                cell.proven or "", cell.has_use,
            )  # fmt: skip


def _checks(record: RunRecord) -> Iterator[Iterable[Field]]:
    yield "step", "title", "device", "time", "check", "verdict", "expected", "actual", "reason"
    titles = {step.id: step.title for step in record.steps}
    for check in record.checks:
        yield (
            check.step, titles[check.step], check.device, check.at, check.name, check.verdict,
            check.expected, check.actual, check.reason,
        )  # fmt: skip


def _counted(side: dict[str, Contents]) -> Contents:
    """What counts of a cell that was read from two sources: its image, as in the record."""
    return side.get("image") or next(iter(side.values()), Contents("", ""))


def _safe(row: Iterable[Field]) -> list[Field]:
    """A row as it may stand in a table."""
    return [in_a_cell(field) if isinstance(field, str) else field for field in row]
