"""Markdown tables of what the code holds as data: policy, modes, cells, refusals, use cases."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from firmware_sim.devices.profiles import PROFILES, Provenance, profile_of
from firmware_sim.gbcs.device_duties import EXECUTED_BY, executes
from firmware_sim.gbcs.identifiers import MessageCode
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.policy import OPEN_POINTS, Policy
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, RULES_BY_CODE, ReplacementRule
from firmware_sim.gbcs.roles import ROOT_CELL, DeviceType, RemotePartyRole, TrustAnchorCellId
from firmware_sim.gbcs.use_cases import USE_CASES
from firmware_sim.machine.refusals import ALERTS, RefusalReason
from scripts.tables import table
from scripts.tables.attack_tables import ATTACK_TABLES
from scripts.tables.cli_tables import CLI_TABLES
from scripts.tables.flash_tables import FLASH_TABLES
from scripts.tables.governance_tables import GOVERNANCE_TABLES
from scripts.tables.porting_tables import PORTING_TABLES
from scripts.tables.schema_tables import SCHEMA_TABLES
from scripts.tables.smki_tables import SMKI_TABLES
from scripts.tables.story_tables import STORY_TABLES
from scripts.tables.sweep_tables import SWEEP_TABLES
from scripts.tables.traceability import TRACEABILITY_TABLES


def policy_table() -> str:
    """Every open point with its alternatives; an insecure one says so."""
    rows = (
        (
            f"`{point.name}`",
            point.question,
            "<br>".join(_alternative(name, point.default, point.insecure) for name in choices),
            point.source,
        )
        for point, choices in ((point, point.alternatives) for point in OPEN_POINTS)
    )
    return table(("point", "question", "alternatives (default in bold)", "source"), rows)


def modes_table() -> str:
    """The replacement modes: who authorises, what may be replaced, what protects the command."""
    rows = (
        (
            str(int(rule.mode)),
            rule.mode.label,
            f"{rule.code:04X}",
            _authorising(rule),
            ", ".join(role.label for role in sorted(rule.replaceable)) or "none",
            rule.root.value,
            _protection(rule),
        )
        for rule in REPLACEMENT_RULES.values()
    )
    header = ("mode", "name", "code", "authorised by", "cells of", "root", "protection")
    return table(header, rows)


def cells_table() -> str:
    """Which device type has which cell, and how that is known."""
    types = list(PROFILES)
    present = {kind: profile_of(kind, Policy()).cells for kind in types}
    every = sorted({cell for cells in present.values() for cell in cells}, key=_order)
    rows = (
        (f"`{cell}`", *(_evidence(present[kind].get(cell)) for kind in types)) for cell in every
    )
    return table(("cell", *(kind.name for kind in types)), rows)


def duties_table() -> str:
    """Which device type executes which credential use case, and how that is known."""
    types = list(PROFILES)
    rows = (
        (f"{code:04X}", USE_CASES[code].name, *(_evidence(_duty(kind, code)) for kind in types))
        for code in sorted({*EXECUTED_BY, *RULES_BY_CODE})
    )
    return table(("code", "use case", *(kind.name for kind in types)), rows)


def refusals_table() -> str:
    """The reasons for a refusal and the alert that follows each."""
    rows = (
        (
            str(int(reason)),
            reason.label,
            f"{ALERTS[reason]:04X} {_words(ALERTS[reason].name)}"
            if reason in ALERTS
            else "silence",
        )
        for reason in RefusalReason
    )
    return table(("number", "reason", "alert (inferred)"), rows)


def status_table() -> str:
    """The status codes of a cell in an outcome."""
    rows = ((str(int(status)), status.label) for status in StatusCode)
    return table(("code", "status"), rows)


def use_cases_table() -> str:
    """All message codes; those that devices execute are marked."""
    rows = (
        (
            f"{row.code:04X}",
            row.name,
            row.command,
            row.response,
            row.alert,
            "executed" if row.executed else "",
        )
        for row in USE_CASES.values()
    )
    return table(("code", "use case", "command", "response", "alert", ""), rows)


TABLES: Mapping[str, Callable[[], str]] = MappingProxyType(
    {
        "policy": policy_table,
        "modes": modes_table,
        "cells": cells_table,
        "duties": duties_table,
        "refusals": refusals_table,
        "status": status_table,
        "use-cases": use_cases_table,
        **ATTACK_TABLES,
        **CLI_TABLES,
        **FLASH_TABLES,
        **GOVERNANCE_TABLES,
        **PORTING_TABLES,
        **SCHEMA_TABLES,
        **SMKI_TABLES,
        **STORY_TABLES,
        **SWEEP_TABLES,
        **TRACEABILITY_TABLES,
    }
)


def _alternative(name: str, default: str, insecure: tuple[str, ...]) -> str:
    text = f"**{name}**" if name == default else name
    return f"{text} (insecure)" if name in insecure else text


def _authorising(rule: ReplacementRule) -> str:
    meter = rule.authorising_cell(DeviceType.ESME)
    if meter == ROOT_CELL:
        return "the contingency key wrapped in `root.CS`"
    hub = rule.authorising_cell(DeviceType.CHF)
    return f"`{meter}`" if hub == meter else f"`{meter}`; on a CHF `{hub}`"


def _protection(rule: ReplacementRule) -> str:
    if rule.signed != rule.is_signed(DeviceType.CHF):
        return "MAC; on a CHF signature and MAC"
    return "signature and MAC" if rule.maced else "signature"


def _duty(kind: DeviceType, code: MessageCode) -> Provenance | None:
    """By the table of duties, and for an update by the cell that authorises it."""
    if not executes(kind, code):
        return None
    if code not in RULES_BY_CODE:
        return EXECUTED_BY[code][kind]
    optional = Policy(esme_load_controller="held", gpf_wan_provider="held")
    return profile_of(kind, optional).cells.get(RULES_BY_CODE[code].authorising_cell(kind))


def _evidence(evidence: Provenance | None) -> str:
    return {None: "", Provenance.REFERENCE: "shown", Provenance.INFERRED: "inferred"}[evidence]


def _order(cell: TrustAnchorCellId) -> tuple[RemotePartyRole, int, int]:
    return cell.role, cell.key_usage.value, cell.cell_usage


def _words(name: str) -> str:
    return name.lower().replace("_", " ")
