"""``firmware-sim drill new``: a story of one's own, from a few answers."""

import re
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import typer

from firmware_sim.bench.cli.authoring.asking import answered, can_ask, chosen
from firmware_sim.bench.cli.authoring.options import Json
from firmware_sim.bench.cli.output import print_json, stdout
from firmware_sim.bench.drills.authoring.plans import (
    StoryPlan,
    key_words,
    offered_devices,
    offered_keys,
    offered_methods,
)
from firmware_sim.bench.drills.authoring.schema import SCHEMA_NAME, schema_text
from firmware_sim.bench.drills.authoring.setting import StorySetting, setting_of
from firmware_sim.bench.drills.authoring.writing import run_command, story_text
from firmware_sim.bench.drills.fallen_keys import FallenName
from firmware_sim.bench.drills.story_file import read_story
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.wording import several
from firmware_sim.bench.files.foreign_text import in_one_line
from firmware_sim.bench.files.whole_files import new_file
from firmware_sim.bench.files.yaml_mistakes import suggestion
from firmware_sim.gbcs.roles import DeviceType

_START: Final = datetime(2027, 2, 1, 8, tzinfo=UTC)
_ALL: Final = "all"
_SHORT: Final = {
    "supplier": FallenName.SUPPLIER_DS,
    "networkOperator": FallenName.NETWORK_OPERATOR_DS,
    "accessControlBroker": FallenName.BROKER_KA,
    "transitionalCoS": FallenName.TRANSITIONAL_COS,
    "wanProvider": FallenName.WAN_PROVIDER,
    "recovery": FallenName.RECOVERY,
    "issuingAuthority": FallenName.ISSUING_OCA,
    "root": FallenName.ROOT_OCA,
}
"""A role alone means the key with which its commands, or certificates, are protected."""
_SHORT_KEYS: Final = {name.casefold(): key for name, key in _SHORT.items()}
"""The same however a role is capitalised: the nearest name would be another key of the role."""
_READABLE: Final = 0o644


class _Place(NamedTuple):
    """Where a story is written, and what it is called."""

    file: Path
    name: str


def new(  # noqa: PLR0913, PLR0917 - one parameter an option
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="The story's file: NAME.yaml.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="Which key falls: supplier.DS, root-oca and others.")
    ] = None,
    method: Annotated[
        str | None, typer.Option(help="How it is mended: 1, 2, 3 or contingency.")
    ] = None,
    devices: Annotated[
        str | None, typer.Option(help="Which types: all, or a list such as ESME,GPF.")
    ] = None,
    premises: Annotated[
        int | None, typer.Option(min=1, help="How many homes you mean to play it on.")
    ] = None,
    suppliers: Annotated[
        str | None, typer.Option(help="Who shares the homes: 2, or a=60%,b=40%.")
    ] = None,
    operators: Annotated[
        str | None,
        typer.Option("--operators", help="As --suppliers, of network operators."),
    ] = None,
    whose: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Whose key falls, of several; by default the first's."),
    ] = None,
    unreachable: Annotated[
        str | None, typer.Option(help="Devices out of reach, to be declared: 10%, or 3.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Name of the story; by default its file's.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write over a file that is there.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write a story of your own, with comments, which can be played as it is.

    What is not given is asked for at a terminal.

    With --suppliers, --operators or --unreachable the story itself says how many homes
    there are.

    Beside the story a JSON Schema is put, by which an editor completes its keys.
    """
    if key is None and method is None and not can_ask():
        problem = "--key and --method are missing, and there is no terminal to ask at"
        raise UsageError(problem, "give both, e.g. --key supplier --method 3")
    place = None if file is None and name is None else _place(file, name, force=force)
    plan = _plan(key, method, devices)
    if place is None:
        given = answered("\nFile of the story", f"{_slug(plan)}.yaml")
        place = _place(Path(given), None, force=force)
    if premises is None:
        premises = _number(answered("Homes to play it on", "1"))
    setting = setting_of(plan, premises, suppliers, unreachable, operators=operators, whose=whose)
    called = in_one_line(place.file.name)
    text = story_text(plan, place.name, file=called, setting=setting, start=_START)
    read_story(text, str(place.file))
    _write(place.file, text)
    schema = place.file.with_name(SCHEMA_NAME)
    if not schema.exists():
        _write(schema, schema_text())
    _tell(plan, place, setting, as_json=as_json)


def _plan(key: str | None, method: str | None, devices: str | None) -> StoryPlan:
    short = None if key is None else _SHORT_KEYS.get(key.casefold())
    written = key if short is None else short.value
    fallen = FallenName(chosen("--key", written, offered_keys(), "Which key falls?", _SHORT))
    methods = offered_methods(fallen)
    question = f"How is {key_words(fallen)} mended?"
    by = chosen("--method", method, methods, question)
    kinds = offered_devices(fallen)
    names = ", ".join(kind.name for kind in kinds)
    if devices is None and len(kinds) > 1:
        devices = answered(f"\nWhich types of device ({names})", _ALL)
    return StoryPlan(fallen, by, _kinds(devices or _ALL, kinds))


def _kinds(written: str, offered: tuple[DeviceType, ...]) -> tuple[DeviceType, ...]:
    """Those of the types that are meant, in the order of a home."""
    names = [kind.name for kind in offered]
    if written.strip().lower() == _ALL:
        return offered
    meant = [each.strip().upper() for each in written.replace(" ", ",").split(",") if each.strip()]
    for each in meant:
        if each not in names:
            problem = f"--devices: no {each!r} holds what falls{suggestion(each, names)}"
            raise UsageError(problem, f"give {_ALL}, or of {', '.join(names)}")
    if not meant:
        raise UsageError("--devices names none", f"give {_ALL}, or of {', '.join(names)}")
    return tuple(kind for kind in offered if kind.name in meant)


def _place(file: Path | None, name: str | None, *, force: bool) -> _Place:
    path = Path(f"{name}.yaml") if file is None else file
    called = path.stem if name is None else name
    slug = _as_slug(called)
    if called != slug or len(called) > 60:
        mend = f"such as {slug[:60].strip('-')!r}" if slug else "such as 'my-story'"
        problem = f"{called!r} is no name of a story"
        raise UsageError(problem, f"use up to 60 small letters, digits and single hyphens, {mend}")
    if path.suffix not in (".yaml", ".yml"):
        raise UsageError(f"{path} does not end with .yaml", "name the file of the story so")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}", "make it first")
    if not force and (path.exists() or path.is_symlink()):
        raise UsageError(f"{path} is there already", "choose another name, or give --force")
    return _Place(path, called)


def _as_slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _slug(plan: StoryPlan) -> str:
    """Such as ``network-operator-ds-method-3``."""
    words = re.sub(r"([a-z])([A-Z])", r"\1-\2", plan.key.value)
    by = plan.method if plan.method.isalpha() else f"method-{plan.method}"
    return _as_slug(f"{words}-{by}")


def _number(written: str) -> int:
    if not written.strip().isdecimal() or int(written) < 1:
        raise UsageError(f"{written!r} is no number of homes", "give a whole number from 1")
    return int(written)


def _write(path: Path, text: str) -> None:
    with new_file(path, _READABLE) as out:
        out.write(text.encode())


def _tell(plan: StoryPlan, place: _Place, setting: StorySetting, *, as_json: bool) -> None:
    file, kinds = shlex.quote(str(place.file)), [kind.name for kind in plan.devices]
    commands = {
        "show": f"firmware-sim drill show {file}",
        "run": run_command(file, setting),
        "check": f"firmware-sim drill check {file}",
    }
    if as_json:
        head = {"file": str(place.file), "name": place.name, "key": plan.key.value}
        print_json({**head, "method": plan.method, "devices": kinds, "commands": commands})
        return
    by = f"by {plan.method}" if plan.method.isalpha() else f"by Method {plan.method}"
    fallen = key_words(plan.key, setting.party(plan))
    said = f"Wrote {place.file}: {fallen} falls, and is mended {by} on {several(kinds)}."
    stdout.print(said, highlight=False, soft_wrap=True)
    for heading, which in (("Look", "show"), ("Play", "run"), ("After a change", "check")):
        stdout.print(f"{heading:16}{commands[which]}", highlight=False, soft_wrap=True)
