"""The steps of a claim: who takes each, after which others, and which clause asks for it."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple


class Actor(StrEnum):
    """Who takes part in a claim, or in a question of breach."""

    PARTY = "the Party"
    DCC = "the DCC"
    PANEL = "the Panel"
    AUTHORITY = "the Authority"


class ClaimAct(StrEnum):
    """The steps of a claim."""

    NOTICE = "notice of intention"
    ESTIMATE = "best estimate"
    COSTS_CEASED = "costs cease"
    TOTAL = "total amount"
    EVIDENCE_REQUIRED = "evidence required"
    EVIDENCE_GIVEN = "evidence given"
    AUDIT_REQUIRED = "auditor's report required"
    AUDIT_GIVEN = "auditor's report given"
    QUESTION_REFERRED = "question referred"
    AMOUNT_DETERMINED = "amount determined"
    DATES_REFERRED = "dates referred"
    DATES_DETERMINED = "dates determined"
    PROPOSAL_CONSIDERED = "Draft Proposal considered"
    PAID = "payment"
    APPEALED = "appeal"
    APPEAL_DECIDED = "appeal decided"


class ClaimRule(NamedTuple):
    """Who may take a step, after one of which others, and by which clause."""

    clause: str
    actors: frozenset[Actor]
    after: frozenset[ClaimAct]
    amount: bool = False


def _rule(clause: str, who: str, *after: ClaimAct, amount: bool = False) -> ClaimRule:
    actors = frozenset(Actor[name] for name in who.split())
    return ClaimRule(clause, actors, frozenset(after), amount)


_ACT = ClaimAct
CLAIM_RULES: Mapping[ClaimAct, ClaimRule] = MappingProxyType(
    {
        _ACT.NOTICE: _rule("L10.19(a)", "PARTY"),
        _ACT.ESTIMATE: _rule("L10.19(b)", "PARTY", _ACT.NOTICE, amount=True),
        _ACT.COSTS_CEASED: _rule("L10.19(c)", "PARTY"),
        _ACT.TOTAL: _rule("L10.19(c)", "PARTY", _ACT.NOTICE, amount=True),
        _ACT.EVIDENCE_REQUIRED: _rule("L10.20", "DCC PANEL", _ACT.NOTICE),
        _ACT.EVIDENCE_GIVEN: _rule("L10.20", "PARTY", _ACT.EVIDENCE_REQUIRED),
        _ACT.AUDIT_REQUIRED: _rule("L10.21", "DCC PANEL", _ACT.NOTICE),
        _ACT.AUDIT_GIVEN: _rule("L10.21", "PARTY", _ACT.AUDIT_REQUIRED),
        _ACT.QUESTION_REFERRED: _rule("L10.23(a)", "DCC", _ACT.TOTAL),
        _ACT.AMOUNT_DETERMINED: _rule("L10.23(b)", "PANEL", _ACT.QUESTION_REFERRED, amount=True),
        _ACT.DATES_REFERRED: _rule("L10.24(a)", "DCC", _ACT.TOTAL),
        _ACT.DATES_DETERMINED: _rule("L10.24(b)", "PANEL", _ACT.DATES_REFERRED),
        _ACT.PROPOSAL_CONSIDERED: _rule("L10.24(c)", "PANEL", _ACT.TOTAL),
        _ACT.PAID: _rule("L10.22", "DCC", _ACT.TOTAL, amount=True),
        _ACT.APPEALED: _rule(
            "L10.29",
            "PARTY DCC",
            _ACT.EVIDENCE_REQUIRED,
            _ACT.AUDIT_REQUIRED,
            _ACT.AMOUNT_DETERMINED,
            _ACT.DATES_DETERMINED,
        ),
        _ACT.APPEAL_DECIDED: _rule("L10.29", "AUTHORITY", _ACT.APPEALED),
    }
)
