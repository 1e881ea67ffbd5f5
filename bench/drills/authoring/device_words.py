"""Who sends what in a step for devices, in plain words, from what the step says."""

from typing import Final

from firmware_sim.bench.drills.again_step import UpdateAgainStep
from firmware_sim.bench.drills.audit_step import AuditStep, FoundTerm
from firmware_sim.bench.drills.authoring.committee_words import Said
from firmware_sim.bench.drills.authoring.sending_words import (
    how_sent,
    sent_again,
    which_devices,
)
from firmware_sim.bench.drills.drill_parties import IN_CUSTODY
from firmware_sim.bench.drills.hub_steps import OldHubStep
from firmware_sim.bench.drills.read_back_step import ReadBackStep
from firmware_sim.bench.drills.refusal_terms import RefusalExpected
from firmware_sim.bench.drills.replay_step import ReplayStep
from firmware_sim.bench.drills.sending_step import SendingStep
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.drills.use_step import UseStep
from firmware_sim.bench.drills.use_terms import SELL, TOP_UP
from firmware_sim.bench.evidence.wording import count, several
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


def said_to_devices(
    step: SendingStep | ReplayStep | AuditStep | OldHubStep, *, has_population: bool
) -> Said:
    """Who sends, what it asks of devices, and what must come of it.

    Args:
        has_population: of the story: then protected keys are used on Relevant Devices only.
    """
    if isinstance(step, ReplayStep):
        text = f"sends the messages kept as {step.kept} again, octet by octet"
        return Said("anybody", text, _expected(step.expect))
    if isinstance(step, OldHubStep):
        text = _OLD_HUB[step.what].format(step.kept)
        return Said("anybody", text, _expected(step.expect))
    if isinstance(step, AuditStep):
        text = "asks which certificates the cells hold, and compares that with the inventory"
        text += f", or with {_held(step)}" if step.holding else ""
        return Said("the Transitional CoS party, or the Access Control Broker", text, _counts(step))
    what = ""
    if isinstance(step, UpdateStep):
        what = _update(step)
    elif isinstance(step, ReadBackStep):
        what = _reading(step)
    elif isinstance(step, UseStep):
        what = _use(step)
    kept = f"; kept as {step.keep}" if step.keep else ""
    protected = has_population and not step.stolen and step.role in IN_CUSTODY
    what += which_devices(step, relevant_alone=protected) + _by_key(step)
    what += how_sent(step) if isinstance(step, UpdateStep) else ""
    what += "" if step.found is None else _where(step.found)
    return Said(_sender(step), f"{what}{kept}", _expected(_expectation(step)))


def said_of_repeat(step: UpdateAgainStep, earlier: UpdateStep) -> Said:
    """The same of an update that is sent again."""
    return Said(_sender(earlier), sent_again(step), _expected("accepted"))


def _counts(step: AuditStep) -> str:
    found = [f"{sort.value} in {count(number, 'device')}" for sort, number in step.expect.items()]
    return f"must find {several(found)}" if found else "every cell must be right"


def _where(term: FoundTerm) -> str:
    of = "" if term.holds is None else f" of {term.holds}"
    at = f" in {several(list(term.cells))}" if term.cells else ""
    instead = "" if term.believed is None else f" instead of {term.believed}"
    return f", where the audit {term.audit} found {term.sort.value}{of}{instead}{at}"


def credential(generation: int, holder: RemotePartyRole | str | None) -> str:
    """What a cell holds, or is to hold."""
    return f"generation {generation}" + ("" if holder is None else f" of {party(holder)}")


def _sender(step: SendingStep) -> str:
    acting = "" if step.acting is None else f" in the place of {party(step.acting)}"
    who = step.party or party(step.by)
    return f"the attacker, as {who}{acting}" if step.stolen else who + acting


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
    return "reads every cell back" + (f" and must find {_held(step)}" if step.holding else "")


def _held(step: ReadBackStep | AuditStep) -> str:
    return "; ".join(
        f"{cells}: {credential(each.generation, each.holder)}"
        for cells, each in step.holding.items()
    )


_USES: Final = {
    "read register": "reads registers, whose values come encrypted",
    "read firmware version": "reads the firmware version",
    "top up": "tops meters up",
    "arm supply": "arms the supply",
    "read log": "reads a log",
    "activate firmware": "has the firmware activated that a device holds",
    "sell token": "makes a token for each prepayment customer",
    "open recorded": "opens the answers",
}


def _use(step: UseStep) -> str:
    text = _USES[step.what]
    if step.kept is not None:
        text += f" kept as {step.kept}"
    if step.token is not None:
        text += f" (tokens {step.token})"
    if step.sample is not None:
        text += f", at {count(step.sample, 'device')} of each type that chance draws"
    is_new = step.what == SELL or (step.what == TOP_UP and step.token is None)
    return text + (f", {step.pence} pence each" if is_new else "")


_OLD_HUB: Final = {
    "captured commands": "delivers to the new hub what was kept for the old one as {}",
    "stale keys": "sends the new hub a command with a MAC for the old one's key",
    "forged answers": "answers in the new hub's name, under keys that the old one's flash holds",
    "asked in vain": "asks the old hub",
}
_NOT_SENT: Final = {
    "not believed": "must not be believed",
    "silence": "nothing must come back",
    "not signed": "must not be signed by custody",
    "not served": "must not be passed on by the DCC",
}


def _expectation(step: SendingStep) -> object:
    return getattr(step, "expect", "accepted")


def _expected(expect: object) -> str:
    if isinstance(expect, RefusalExpected):
        return f"must refuse: {' or '.join(reason.label for reason in expect.refused)}"
    if isinstance(expect, dict):
        return "must answer " + ", ".join(
            f"{key}: {status.label}" for key, status in expect.items()
        )
    if expect == "unreadable":
        return "must answer, and the sender must not be able to read it"
    return _NOT_SENT.get(str(expect), "must obey")
