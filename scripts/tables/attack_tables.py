"""Markdown tables of the attackers: what each can change, as the last exploration found it."""

import json
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from firmware_sim.bench.experiments.attack.observing import BALANCE
from firmware_sim.bench.experiments.attack.setup import TARGETS
from firmware_sim.devices.profiles import profile_of
from firmware_sim.gbcs.roles import ROOT_CELL, TrustAnchorCellId
from scripts.tables import table

POWERS = Path(__file__).resolve().parents[2] / "docs" / "attackers.json"
"""What ``firmware-sim attack explore --json`` wrote; there only in a source tree."""

_COUNTS = {
    "attackers": "attackers with keys, one of them with none",
    "targets": "kinds of device, of six device types",
    "attempts": "commands that they sent",
    "changes": "commands that changed cells, counters, keys or waiting commands",
}
_LINK_COUNTS = {
    "runs": "runs of the attacker without keys",
    "actions": "things that it did to the link in them",
    "deliveries": "messages that it handed to a device",
    "altered": "of these altered",
    "obeyed": "honest commands that were obeyed",
    "power_cuts": "power cuts and restarts",
    "false_answers": "altered or misplaced answers handed to a party",
    "failures": "findings of any check",
}

_Powers = Mapping[str, Any]


@cache
def _document() -> Mapping[str, Any]:
    document: Mapping[str, Any] = json.loads(POWERS.read_text(encoding="utf-8"))
    return document


def counts_table() -> str:
    """How much was tried."""
    document = _document()
    rows = [(text, f"{document[name]:,}") for name, text in _COUNTS.items()]
    rows += [(text, f"{document['link'][name]:,}") for name, text in _LINK_COUNTS.items()]
    return table(("what", "how many"), rows)


def cells_table(target: str) -> str:
    """Which cells each attacker can change, by which modes."""
    kind = TARGETS[target]
    cells = sorted(profile_of(kind.device_type, kind.policy).cells, key=_order)
    rows = (
        (_names(loots), *(_changes(powers, str(cell)) for cell in cells))
        for powers, loots in _alike(target, ("replaced", "taken", "reached"))
    )
    return table(("key held", *(f"`{cell}`" for cell in cells)), rows)


def counters_table(target: str) -> str:
    """What else each attacker can do."""
    fields = ("lowered", "raised", "own_keys", "cancelled", "replayed", "credited")
    rows = (
        (
            _names(loots),
            _ways(powers.get("lowered", {})),
            _driven(powers),
            _ways(powers.get("own_keys", {})),
            ", ".join(powers.get("cancelled", ())),
            _ways(powers.get("replayed", {})),
            _credited(powers),
        )
        for powers, loots in _alike(target, fields)
    )
    header = (
        "key held",
        "counters set back",
        "counters used up",
        "device's own keys",
        "cancels another's command",
        "recorded commands run again",
        "tokens that nobody paid for",
    )
    return table(header, rows)


def _alike(target: str, fields: tuple[str, ...]) -> list[tuple[_Powers, list[str]]]:
    """Attackers with the same powers share a row; those without any come last."""
    rows: dict[str, tuple[_Powers, list[str]]] = {}
    for stolen, powers in _document()["powers"][target].items():
        seen = {name: powers[name] for name in fields if powers.get(name)}
        later = powers.get("reached", {}).get(BALANCE)
        if "credited" in fields and later:
            seen["reached"] = {BALANCE: later}  # of what it reached, that alone stands there
        rows.setdefault(json.dumps(seen), (seen, []))[1].append(stolen)
    return sorted(rows.values(), key=lambda row: not row[0])


def _names(loots: list[str]) -> str:
    return "<br>".join(loots)


def _changes(powers: _Powers, cell: str) -> str:
    direct = set(powers.get("replaced", {}).get(cell, ()))
    taken = set(powers.get("taken", {}).get(cell, ()))
    later = set(powers.get("reached", {}).get(cell, ())) - direct
    words = [f"**{way}**" if way in taken else way for way in sorted(direct, key=_number)]
    if later:
        words.append(f"({', '.join(sorted(later, key=_number))})")
    return ", ".join(words)


def _credited(powers: _Powers) -> str:
    """At once, or in parentheses once a key of the attacker's own stands in the meter."""
    at_once = ", ".join(powers.get("credited", {}).get(BALANCE, ()))
    later = ", ".join(powers.get("reached", {}).get(BALANCE, ()))
    return at_once or (f"({later})" if later else "")


def _driven(powers: _Powers) -> str:
    ways = powers.get("raised", {})
    return _ways({name: how for name, how in ways.items() if not name.endswith("top-up")})


def _ways(ways: Mapping[str, list[str]]) -> str:
    """Things that are done in the same ways stand together."""
    together: dict[str, list[str]] = {}
    for name, how in ways.items():
        together.setdefault(", ".join(sorted(how, key=_number)), []).append(name)
    return "<br>".join(f"{', '.join(names)}: {how}" for how, names in together.items())


def _number(way: str) -> tuple[int, str]:
    return (int(way) if way.isdecimal() else 100, way)


def _order(cell: TrustAnchorCellId) -> tuple[bool, int, int, int]:
    return cell != ROOT_CELL, cell.role, cell.key_usage.value, cell.cell_usage


def _slug(target: str) -> str:
    return "attack-" + target.lower().replace(" ", "-")


ATTACK_TABLES: Mapping[str, Callable[[], str]] = MappingProxyType(
    {
        "attack-counts": counts_table,
        **{_slug(target): partial(cells_table, target) for target in TARGETS},
        **{f"{_slug(target)}-besides": partial(counters_table, target) for target in TARGETS},
    }
)
