"""Stories for tests, put together step by step: each function gives the text of a few steps."""

from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import read_story

START = "2026-10-05T07:30:00Z"
FACTORS = "{nature: n, extent: e, effect: f, alternatives: a, consequences: c}"
FOUR = "[chair, supplier-3, network-1, tabasc]"


def story(*steps: str, head: str = "") -> Story:
    """A story of these steps; `head` are further lines at its top."""
    return read_story(text_of(*steps, head=head), "told.yaml")


def text_of(*steps: str, head: str = "") -> str:
    begin = f"name: told\ntitle: t\nsummary: s\nstart: {START}\n{head}steps:\n"
    return begin + "".join(steps)


def step(name: str, body: str) -> str:
    """One step, as a flow mapping."""
    return f"  - {{name: {name}, title: t, {body}}}\n"


def fall(what: str = "role: supplier", *, name: str = "fall", extra: str = "") -> str:
    return step(name, f"do: compromise, {what}, reporter: Party, found: an audit{extra}")


def notice(about: str = "fall") -> str:
    """The DCC is told, confirms, and tells the SMKI PMA."""
    return (
        step(f"{about}-told", f"do: notify, about: {about}, from: Party, to: [DCC]")
        + step(f"{about}-confirmed", f"do: confirm, about: {about}, how: both logs agree")
        + step(f"{about}-notice", f"do: notify, about: {about}, from: DCC, to: [SMKI PMA]")
    )


def meet(present: str = FOUR, *, name: str = "meeting", extra: str = "") -> str:
    return step(name, f"do: meet, present: {present}, invited: [DCC]{extra}")


def decide(outcome: str = "require-recovery", *, name: str = "decision", extra: str = "") -> str:
    body = f"do: decide, outcome: {outcome}, grounds: [it was weighed], factors: {FACTORS}{extra}"
    return step(name, body)


def until_decided(outcome: str = "require-recovery", *, extra: str = "") -> str:
    """From the Compromise of the supplier's key to the decision."""
    return fall() + notice() + meet() + decide(outcome, extra=extra)


def ceremony() -> str:
    return step("ceremony", "do: ceremony, present: [custodian-1, custodian-2, custodian-3]")


def recovery(cells: str = "[supplier]", *, name: str = "recovery", extra: str = "") -> str:
    mode = "anyExceptAbnormalRootByRecovery"
    body = f"do: update, by: recovery, mode: {mode}, cells: {cells}, install: 2{extra}"
    return step(name, body)


def own_key(*, name: str = "own-key", extra: str = "") -> str:
    """The supplier replaces its own credentials."""
    if "install" not in extra:
        extra = f", install: 2{extra}"
    mode = "supplierBySupplier"
    return step(name, f"do: update, by: supplier, mode: {mode}, cells: [supplier]{extra}")


def look(extra: str = "") -> str:
    return step("look", f"do: read back, by: accessControlBroker{extra}")


def report(*, name: str = "report", extra: str = "") -> str:
    return step(name, f"do: report{extra}")
