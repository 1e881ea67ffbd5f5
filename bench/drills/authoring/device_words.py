"""Who sends what in a step for devices, in plain words, from what the step says."""

from typing import Final

from firmware_sim.bench.drills.authoring.people_words import Said
from firmware_sim.bench.drills.story import (
    ReadBackStep,
    RefusalExpected,
    ReplayStep,
    SendingStep,
    UpdateStep,
)
from firmware_sim.bench.evidence.wording import several
from firmware_sim.gbcs.roles import RemotePartyRole

_PARTIES: Final = {
    RemotePartyRole.ROOT: "Contingency",
    RemotePartyRole.RECOVERY: "Recovery",
    RemotePartyRole.SUPPLIER: "the supplier",
    RemotePartyRole.NETWORK_OPERATOR: "the network operator",
    RemotePartyRole.ACCESS_CONTROL_BROKER: "the Access Control Broker",
    RemotePartyRole.TRANSITIONAL_COS: "the Transitional CoS party",
    RemotePartyRole.WAN_PROVIDER: "the WAN provider",
    RemotePartyRole.LOAD_CONTROLLER: "the load controller",
}
_OVERHEARD: Final = "the symmetric key overheard"


def party(role: RemotePartyRole | str) -> str:
    """A party by its role, or an organisation by its name."""
    return role if isinstance(role, str) else _PARTIES.get(role, role.label)


def said_to_devices(step: SendingStep | ReplayStep) -> Said:
    """Who sends, what it asks of devices, and what must come of it."""
    if isinstance(step, ReplayStep):
        text = f"sends the messages kept as {step.kept} again, octet by octet"
        return Said("anybody", text, _expected(step.expect))
    what = ""
    if isinstance(step, UpdateStep):
        what = _update(step)
    elif isinstance(step, ReadBackStep):
        what = _reading(step)
    kept = f"; kept as {step.keep}" if step.keep else ""
    return Said(_sender(step), f"{what}{_by_key(step)}{kept}", _expected(_expectation(step)))


def credential(generation: int, holder: RemotePartyRole | str | None) -> str:
    """What a cell holds, or is to hold."""
    return f"generation {generation}" + ("" if holder is None else f" of {party(holder)}")


def _sender(step: SendingStep) -> str:
    acting = "" if step.acting is None else f" in the place of {party(step.acting)}"
    return f"the attacker, as {party(step.by)}{acting}" if step.stolen else party(step.by) + acting


def _by_key(step: SendingStep) -> str:
    number = f"generation {step.credentials}"
    parts = [f"a copied key of {number}"] if step.stolen else []
    parts += [f"keys of {number}"] if step.credentials > 1 and not step.stolen else []
    parts += [f"the MAC of the Broker's generation {step.broker}"] if step.broker else []
    return f", with {several(parts)}" if parts else ""


def _update(step: UpdateStep) -> str:
    new = credential(step.install, step.holder)
    text = f"puts {new} into the cells {', '.join(step.cells)} ({step.mode.label})"
    text += ", which the devices do not have" if step.absent else ""
    text += "" if step.floors == "none" else f", counters from {step.floors}"
    return text + (f", with {_OVERHEARD} in {step.overheard}" if step.overheard else "")


def _reading(step: ReadBackStep) -> str:
    held = [
        f"{cells}: {credential(each.generation, each.holder)}"
        for cells, each in step.holding.items()
    ]
    return "reads every cell back" + (f" and must find {'; '.join(held)}" if held else "")


def _expectation(step: SendingStep) -> object:
    return getattr(step, "expect", "accepted")


def _expected(expect: object) -> str:
    if isinstance(expect, RefusalExpected):
        return f"must refuse: {' or '.join(reason.label for reason in expect.refused)}"
    if isinstance(expect, dict):
        return "must answer " + ", ".join(
            f"{key}: {status.label}" for key, status in expect.items()
        )
    return "must not be signed by custody" if expect == "not signed" else "must obey"
