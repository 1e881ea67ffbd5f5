"""What docs/governance.md shows of the procedure: the diagram, the table, invariants, Guidance."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from firmware_sim.bench.governance.assumptions import Assumptions
from firmware_sim.bench.governance.guidance import shipped_guidance
from firmware_sim.bench.governance.invariants import INVARIANTS
from firmware_sim.bench.governance.states import CaseState, Track
from firmware_sim.bench.governance.transitions import BESIDE, ENDS, TRANSITIONS
from scripts.tables import table

PICTURE = "procedure.svg"
"""In ``docs/pictures``: what Graphviz draws of `diagram_source`."""


def state_diagram() -> str:
    """The picture of the transitions; the table below it says the same in words."""
    shown = f"![The states of one Compromise, from normal to closed](pictures/{PICTURE})"
    return f"[{shown}](pictures/{PICTURE})"


def diagram_source() -> str:
    """The transitions as a graph for Graphviz."""
    return "\n".join(_diagram())


def _diagram() -> Iterator[str]:
    yield "digraph procedure {"
    yield "  graph [bgcolor=white, nodesep=0.25, ranksep=0.3, pad=0.1]"
    yield '  node [shape=box, style=rounded, fontname="Helvetica", fontsize=13, height=0.3]'
    yield '  edge [fontname="Helvetica", fontsize=10, color="#55606d"]'
    yield '  start [shape=point]; end [shape=doublecircle, label="", width=0.12, height=0.12]'
    for state in (*CaseState, *Track):
        yield f'  {state.name} [label="{state}"]'
    yield f"  start -> {CaseState.NORMAL.name}"
    for row in TRANSITIONS:
        yield f'  {row.source.name} -> {row.target.name} [label="{row.clause}"]'
    for state, tracks in BESIDE.items():
        for track in tracks:
            yield f'  {state.name} -> {track.name} [label="beside", style=dashed]'
    for state in sorted(ENDS - {CaseState.NORMAL}):
        yield f"  {state.name} -> end"
    yield "}"


def transitions_table() -> str:
    """Every row of the table."""
    rows = (
        (
            row.source.value,
            row.event.value,
            "" if row.guard is None else f"{row.guard.words} ({row.guard.clause})",
            row.target.value,
            row.clause,
        )
        for row in TRANSITIONS
    )
    return table(("from", "what happens", "condition", "to", "clause"), rows)


def invariants_table() -> str:
    """What is looked at after every step."""
    rows = ((each.name, each.words, each.clause) for each in INVARIANTS)
    return table(("name", "what always holds", "SEC"), rows)


def guidance_table() -> str:
    """The factors of the Guidance that comes with the project."""
    guidance = shipped_guidance()
    rows = [(f"`{each.name}`", each.question, "mandatory") for each in guidance.mandatory]
    rows += [
        (f"`{each.name}`", each.question, f"optional, weight {each.weight}")
        for each in guidance.optional
    ]
    return table(("factor", "question", f"version {guidance.version}"), rows)


def assumptions_list() -> str:
    """What the public texts leave open about the people."""
    return "\n".join(f"- {sentence};" for sentence in Assumptions().sentences())


GOVERNANCE_TABLES: Mapping[str, Callable[[], str]] = MappingProxyType(
    {
        "procedure-diagram": state_diagram,
        "procedure-transitions": transitions_table,
        "procedure-invariants": invariants_table,
        "guidance-factors": guidance_table,
        "procedure-assumptions": assumptions_list,
    }
)
