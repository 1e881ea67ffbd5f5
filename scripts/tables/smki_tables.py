"""Markdown tables of the simulated SMKI: profiles, required certificates, decisions."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from firmware_sim.bench.governance.decision import DecisionOutcome
from firmware_sim.bench.smki.checklist import REQUIRED
from firmware_sim.bench.smki.custody import PERMITS
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


SMKI_TABLES: Mapping[str, Callable[[], str]] = MappingProxyType(
    {
        "certificate-profiles": profiles_table,
        "path-failures": path_table,
        "required-certificates": required_table,
        "decisions": decisions_table,
    }
)


def _line(rule: Rule) -> tuple[str, str]:
    return rule.says, rule.clause
