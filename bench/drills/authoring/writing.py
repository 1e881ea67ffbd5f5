"""The text of a new story, from a plan: commented, without mistakes, and with a good end."""

from datetime import datetime
from typing import Final, NamedTuple

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined

from firmware_sim.bench.drills.authoring.plans import CONTINGENCY, StoryPlan, key_words
from firmware_sim.bench.drills.authoring.schema import SCHEMA_NAME
from firmware_sim.bench.drills.authoring.setting import StorySetting
from firmware_sim.bench.drills.fallen_keys import FallenName
from firmware_sim.gbcs.roles import DeviceType

_BY_METHOD: Final = {
    "1": "the party replaces its own credentials",
    "2": "the Access Control Broker stands in",
    "3": "Recovery gives it new ones",
    CONTINGENCY: "Contingency replaces everything",
}


class _Attack(NamedTuple):
    """What an attacker tries with the copied key, and the one reason for which it must fail."""

    by: str
    mode: str
    cells: str
    reason: str
    devices: tuple[DeviceType, ...] = ()


def story_text(
    plan: StoryPlan, name: str, *, file: str, setting: StorySetting, start: datetime
) -> str:
    """A story as YAML.

    Args:
        name: of the story, small letters and digits with single hyphens between.
        file: what commands in its comments call it.
        setting: where it takes place; of one that the story does not say, those commands do.
        start: in UTC.
    """
    party = setting.party(plan)
    fallen = key_words(plan.key, party)
    template = _environment().get_template("story.yaml.j2")
    text = template.render(
        plan=plan,
        name=_as_text(name),
        file=file,
        setting=setting,
        party=party,
        key_words=fallen,
        # Of each supplier three, of each network operator two, and five of others.
        requests=5 + 3 * max(len(setting.suppliers), 1) + 2 * max(len(setting.operators), 1),
        verdict="right" if setting.unreachable is None else "outstanding",
        run=run_command(file, setting),
        schema=SCHEMA_NAME,
        start=start.strftime("%Y-%m-%dT%H:%M:%SZ"),
        title=f"{_sentence(fallen)} falls, and {_BY_METHOD[plan.method]}",
        holding="{all: 2}" if plan.method == CONTINGENCY else f"{{all: 1, {plan.role}: 2}}",
        captured_reason="bad mac" if plan.is_broker else "bad signature",
        protected_reason=(
            "contingency key does not unwrap" if plan.method == CONTINGENCY else "replayed"
        ),
        attack=_attack(plan),
    )
    return text.rstrip("\n") + "\n"


def _as_text(name: str) -> str:
    """The name as YAML reads it as a text: `no` and `12` in quotes."""
    return str(yaml.safe_dump(name, width=1000)).partition("\n")[0]


def run_command(file: str, setting: StorySetting) -> str:
    """What plays a story: with the number of homes, if it does not say that itself."""
    homes = "" if setting.is_said else f" --premises {setting.premises}"
    return f"firmware-sim drill run {file}{homes}"


def _attack(plan: StoryPlan) -> _Attack | None:
    if not plan.signs:
        return None
    if plan.key is FallenName.ROOT_OCA:
        return _Attack("root", "anyByContingency", "all", "contingency key does not unwrap")
    if plan.key is FallenName.RECOVERY:
        mode = "anyExceptAbnormalRootByRecovery"
        return _Attack("recovery", mode, "recovery", "bad signature")
    if plan.key is FallenName.BROKER_KA:
        meters = tuple(kind for kind in plan.devices if kind is not DeviceType.CHF)
        if not meters:  # a Communications Hub asks for a signature as well
            return None
        devices = () if meters == plan.devices else meters
        return _Attack(plan.role, plan.mode, plan.role, "bad mac", devices)
    return _Attack(plan.role, plan.mode, plan.role, "bad signature")


def _environment() -> Environment:
    made = Environment(  # noqa: S701 - YAML, and nothing in it comes from outside but a name
        loader=PackageLoader("firmware_sim.bench.drills.authoring"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["sentence"] = _sentence
    return made


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
