"""Markdown tables of the simulated SMKI: profiles, required certificates, decisions."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from firmware_sim.bench.governance.claim_rules import CLAIM_RULES
from firmware_sim.bench.governance.decision import DecisionOutcome
from firmware_sim.bench.smki.checklist import REQUIRED
from firmware_sim.bench.smki.custody import PERMITS
from firmware_sim.bench.smki.eligibility_table import DEVICE_ROWS, ORGANISATION_ROWS, Migration
from firmware_sim.gbcs.certificate_profiles import PROFILES, CertificateKind, Rule
from firmware_sim.gbcs.path import PathFailure
from scripts.tables import table


def profiles_table() -> str:
    """Every rule of every profile, and which kinds of certificate it is for."""
    kinds = list(CertificateKind)
    rules: dict[tuple[str, str], set[CertificateKind]] = {}
    for kind in kinds:
        for rule in PROFILES[kind]:
            rules.setdefault(_line(rule), set()).add(kind)
    rows = (
        (says, *("x" if kind in bound else "" for kind in kinds), clause)
        for (says, clause), bound in rules.items()
    )
    return table(("rule", *(kind.value for kind in kinds), "clause"), rows)


def path_table() -> str:
    """Why a path is not trusted."""
    return table(("reason",), ((failure.value,) for failure in PathFailure))


def required_table() -> str:
    """The certificates that must exist."""
    rows = (
        (
            f"L3.23({each.paragraph})",
            each.what.value if isinstance(each.what, CertificateKind) else f"`{each.what}`",
        )
        for each in REQUIRED
    )
    return table(("SEC", "certificate"), rows)


def decisions_table() -> str:
    """Which keys a decision opens."""
    rows = (
        (f"`{outcome}`", ", ".join(sorted(PERMITS[outcome])) or "none")
        for outcome in DecisionOutcome
    )
    return table(("decision", "keys that custody then uses"), rows)


def device_subscribers_table() -> str:
    """Who may ask for the certificates of which devices."""
    rows = (
        (
            row.party,
            ", ".join(sorted(kind.name for kind in row.subjects)),
            "before the device is installed" if row.unless_installed else "",
        )
        for row in DEVICE_ROWS
    )
    return table(("who (SEC L3.16)", "devices", "if"), rows)


def organisation_subscribers_table() -> str:
    """Who may ask for an Organisation Certificate in which role."""
    rows = (
        (
            str(int(row.role)),
            row.role.label,
            ", ".join(sorted(row.parties)),
            ", ".join(sorted(row.user_roles)),
            row.system,
            "assumption" if row.assumption else _when(row.when),
        )
        for row in sorted(ORGANISATION_ROWS.values(), key=lambda row: row.role)
    )
    header = ("code", "role (SEC L3.18)", "who", "with an identifier as", "DCC Live System", "")
    return table(header, rows)


def claim_steps_table() -> str:
    """The steps of a claim."""
    rows = (
        (
            act.value,
            " or ".join(sorted(rule.actors)),
            " or ".join(sorted(rule.after)),
            rule.clause,
        )
        for act, rule in CLAIM_RULES.items()
    )
    return table(("step", "by", "after", "SEC"), rows)


def _when(when: Migration) -> str:
    return "" if when is Migration.ALWAYS else when.value


SMKI_TABLES: Mapping[str, Callable[[], str]] = MappingProxyType(
    {
        "certificate-profiles": profiles_table,
        "path-failures": path_table,
        "required-certificates": required_table,
        "claim-steps": claim_steps_table,
        "decisions": decisions_table,
        "device-subscribers": device_subscribers_table,
        "organisation-subscribers": organisation_subscribers_table,
    }
)


def _line(rule: Rule) -> tuple[str, str]:
    return rule.says, rule.clause
