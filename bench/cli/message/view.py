"""Messages on screen: a tree of their fields."""

from collections.abc import Mapping

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from firmware_sim.bench.cli.message.fields import envelope_fields, headline, message_fields
from firmware_sim.bench.cli.message.payload import opaque_fields
from firmware_sim.bench.cli.message.proof import ResponseProof
from firmware_sim.bench.cli.message.reading import Reading
from firmware_sim.bench.cli.output import stderr
from firmware_sim.bench.commands.contact import DeviceContact, missing_keys
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import Message


def show_message(console: Console, message: Message) -> None:
    """The envelope and the payload as a tree."""
    show_fields(console, headline(message), safe_fields(message))


def show_fields(console: Console, title: str, fields: Mapping[str, object]) -> None:
    """Fields as a tree under a title."""
    tree = Tree(Text(title, style="bold"), guide_style="dim")
    _grow(tree, fields)
    console.print(tree)


def show_proof(console: Console, proof: ResponseProof) -> None:
    """What is known of the protection, in one line."""
    style = "bold red" if proof.is_wrong else "bold green" if proof.is_verified else "yellow"
    line = Text("Response ").append(str(proof), style=style)
    line.append(f" (signature {proof.signature}; MAC {proof.mac})", style="dim")
    console.print(line, soft_wrap=True)


def safe_fields(message: Message) -> dict[str, object]:
    """The fields; a payload that cannot be read is shown as wrong, with the reason."""
    try:
        return message_fields(message)
    except RemoteError as error:
        payload = {"wrong": error.reason, **opaque_fields(message)}
        return {**envelope_fields(message), "payload": payload}


def shown_fields(reading: Reading) -> dict[str, object]:
    """The fields of a message that was read; a payload that cannot be read says why."""
    fields = dict(reading.fields or {})
    payload = fields.get("payload")
    if reading.problem is not None and isinstance(payload, Mapping):
        fields["payload"] = {"wrong": str(reading.problem), **payload}
    return fields


def tell_missing_keys(contact: DeviceContact) -> None:
    """A line on standard error if a certificate of the device is not known."""
    missing = missing_keys(contact)
    if missing:
        stderr.print(missing, style="yellow", highlight=False, markup=False, soft_wrap=True)


def tell_departures(console: Console, reading: Reading) -> None:
    """A line for each place of a payload that is not DER."""
    for departure in reading.departures:
        text = f"not DER at octet {departure.offset}: {departure.what}"
        console.print(text, style="yellow", highlight=False, soft_wrap=True)


def _grow(tree: Tree, value: Mapping[str, object]) -> None:
    for name, item in value.items():
        label = Text(name.replace("_", " "), style="cyan")
        if isinstance(item, Mapping):
            _grow(tree.add(label), item)
        elif isinstance(item, list) and item and all(isinstance(each, Mapping) for each in item):
            branch = tree.add(label)
            for number, each in enumerate(item, 1):
                _grow(branch.add(Text(str(number), style="cyan")), each)
        else:
            shown = ", ".join(map(str, item)) if isinstance(item, list) else str(item)
            tree.add(label.append(f"  {shown}", style="default"))
