"""The JSON Schema of a story: fresh, described, and of one mind with the models."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.drills.authoring.schema import SCHEMA_NAME, schema_text, story_schema
from firmware_sim.bench.drills.story import Story
from tests.bench.drills.authoring.json_schema import problems

ROOT = Path(__file__).parents[4]
SCHEMA = story_schema()
STORIES = sorted(
    (
        *(ROOT / "bench" / "drills" / "stories").glob("*.yaml"),
        *(ROOT / "tests" / "bench" / "drills" / "stories").rglob("*.yaml"),
    )
)


def read(text: str) -> Any:
    """As an editor has it: of what JSON knows."""
    return json.loads(json.dumps(yaml.safe_load(text), default=lambda at: at.isoformat()))


def nodes(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
    for each in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(each, dict | list):
            yield from nodes(each)


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_every_story_is_valid_by_the_schema(path: Path) -> None:
    assert problems(read(path.read_text("utf-8")), SCHEMA, SCHEMA) == []


def test_the_file_that_ships_and_the_one_of_the_documentation_are_up_to_date() -> None:
    for folder in ("bench/drills/authoring", "docs"):
        shipped = (ROOT / folder / SCHEMA_NAME).read_text("utf-8")
        assert shipped == schema_text(), "run: python -m scripts.tables docs"


def test_the_command_prints_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["drill", "schema"]) == 0
    assert capsys.readouterr().out == schema_text()


def test_every_key_and_every_object_says_what_it_means() -> None:
    # A condition on single keys of an object is none itself.
    objects = [each for each in nodes(SCHEMA) if "properties" in each and "type" in each]
    assert len(objects) > 40
    assert [each for each in objects if not each.get("description")] == []
    silent = [
        f"{each['description']} {key}"
        for each in objects
        for key, said in each["properties"].items()
        if said.get("description") in (None, "", "None")
    ]
    assert silent == [], "write a docstring beneath the field, or under Attributes"


def test_no_place_of_the_schema_is_open_to_any_value() -> None:
    for each in nodes(SCHEMA):
        for key, said in each.get("properties", {}).items():
            assert said.keys() & {"$ref", "anyOf", "oneOf", "type", "enum", "const"}, key
        if each.get("type") == "object":
            assert each.get("additionalProperties") is not None, each


WHOLE = (ROOT / "tests/bench/drills/stories/followed.yaml").read_text("utf-8")
WRONG = [
    ("name: followed", "name: Followed It"),
    ("title: The whole way", "title: 1"),
    ("2026-10-05T07:30:00Z", "soon"),
    ("role: supplier", "role: suplier"),
    ("do: confirm", "do: confrm"),
    ("do: confirm\n", "do: confirm\n    hwo: x\n"),
    ("[SMKI PMA, Party]", "[SMKI PMA, party]"),
    ("[SMKI PMA, Party]", "[]"),
    ("[SMKI PMA, Party]", "[{party: A b}]"),
    ("[chair, supplier-3", "[{office: chair, persn: a}, supplier-3"),
    ("[chair, supplier-3", "[char, supplier-3"),
    ("minutes: 20", "minutes: -1"),
    ("minutes: 20", "minutes: '20'"),
    ("minutes: 20", "minutes: true"),
    ("install: 2", "install: 0"),
    ("install: 2", "install: 2.5"),
    ("cells: [supplier]", "cells: [suplier]"),
    ("cells: [supplier]", "cells: supplier"),
    ("cells: [supplier]", "cells: [supplier]\n    expect: {refused: [never]}"),
    ("cells: [supplier]", "cells: [supplier]\n    expect: {supplier: never}"),
    ("cells: [supplier]", "cells: [supplier]\n    devices: [TOASTER]"),
    ("{all: 1, supplier: 2}", "{al: 1}"),
    ("{all: 1, supplier: 2}", "{all: {holder: No body}}"),
    ("outcome: require-recovery", "outcome: maybe"),
    ("outcome: require-recovery", "outcome: require-recovery\n    methods: [4]"),
    ("steps:", "stepps:"),
    ("role: supplier", "party: alpha"),
    ("role: supplier", "role: supplier\n    key: supplier.KA"),
    ("reporter: Party", "reporter: Some Body"),
    ("install: 2", "install: 2\n    execute: later"),
    ("install: 2", "install: 2\n    omit: [mac]"),
    ("install: 2", "install: 2\n    waves: [{share: 20}]"),
    ("install: 2", "install: 2\n    retry: {attempts: 2, back off: soon}"),
    ("install: 2", "install: 2\n    retry: {attempts: 2}"),
    ("do: confirm", "do: determine\n    question: q"),
    ("do: confirm", "do: leave\n    offices: []"),
    *(
        ("steps:", f"{line}\nsteps:")
        for line in (
            "inventory: ../estate.csv",
            "population: {premises: 0}",
            "population: {premises: 2, suppliers: {alpha: all}}",
            "population: {premises: 2, smi: {pending: []}}",
            "population: {premises: 2, smi: {pending: {types: [ESME]}}}",
            "population: {premises: 2, smi: {pending: {count: 1, share: 10%}}}",
            "population: {premises: 2, misheld: [{at: a, count: 1}]}",
            "links: {}",
            "links: {loss: often}",
            "links: {unreachable: {share: 10}}",
            "faults: [{power cut: boot, count: 1}]",
            "faults: [{count: 1}]",
            "verdicts: {devices: wrong}",
            "rehearsal: {last: 2026-01-01T00:00:00Z}",
            "assumptions: {prices: {TOASTER: {visit: 1}}}",
            "assumptions: {prices: {ESME: {visit: -1}}}",
            "assumptions: {prices: {ESME: {visit: '1,000'}}}",
        )
    ),
]


@pytest.mark.parametrize(("old", "new"), WRONG)
def test_what_the_models_refuse_the_schema_refuses_too(old: str, new: str) -> None:
    assert old in WHOLE
    text = WHOLE.replace(old, new, 1)
    with pytest.raises(ValidationError):
        Story.model_validate(yaml.safe_load(text))
    assert problems(read(text), SCHEMA, SCHEMA) != []


RIGHT = [
    ("[chair, supplier-3", "[{office: chair, person: a, alternate: true}, supplier-3"),
    ("[SMKI PMA, Party]", "[Large Supplier Parties, {party: alpha}]"),
    ("role: supplier", "key: supplier.KA.PP\n    certainty: suspected\n    copied: false"),
    ("{all: 1, supplier: 2}", "{all: 1, supplier: {holder: accessControlBroker, generation: 2}}"),
    ("install: 2", "install: 2\n    expect: {supplier.DS: badCertificate, all: other}"),
    ("install: 2", "install: 2\n    expect: {refused: [no authority, bad mac]}\n    keep: k"),
    ("2026-10-05T07:30:00Z", "'2026-10-05T07:30:00+01:00'"),
    ("steps:", "assumptions: {voting: unanimous, needed: 2}\ndevices: [GPF]\nsteps:"),
    ("title: The whole way\n", ""),
    ("role: supplier", "role: supplier\n    party: alpha\n    key: null"),
    ("reporter: Party", "reporter: alpha"),
    ("{all: 1, supplier: 2}", "{all: {holder: alpha}}"),
    ("install: 2", "install: 2\n    at: alpha\n    relevant: true\n    under: 2"),
    ("install: 2", "install: 2\n    execute: never\n    omit: [MAC]"),
    ("install: 2", "install: 2\n    execute: 2026-11-05T07:30:00Z"),
    ("install: 2", "install: 2\n    waves: [{share: 20%, name: a}, {share: rest}]"),
    ("install: 2", "install: 2\n    stop: {failed: 5%}\n    retry: {attempts: 2, back off: 1d}"),
    *(
        ("steps:", f"{line}\nsteps:")
        for line in (
            "inventory: estate.csv",
            "population: {premises: 2, suppliers: {a: 60%, b: 40%}, gas suppliers: {a: 100%}}",
            "population: {premises: 2, smi: {pending: {count: 1}, suspended: [{share: 0.5%}]}}",
            "population: {premises: 2, misheld: [{at: a, hold: b, share: 1%, count: null}]}",
            "links: {unreachable: {share: 10%}, loss: 1%, late: {share: 5%, minutes: 3}}",
            "faults: [{power cut: commit, count: 1}, {bad certificate: supplier.KA, share: 1%}]",
            "verdicts: {procedure: not followed, devices: outstanding}",
            "rehearsal: {every_months: 12, last: 2026-01-01T00:00:00Z}",
            "assumptions: {prices: {ESME: {visit: 85, replacement: '240.5', data: 0.15}}}",
        )
    ),
]


@pytest.mark.parametrize(("old", "new"), RIGHT)
def test_what_the_models_take_the_schema_takes_too(old: str, new: str) -> None:
    assert old in WHOLE
    text = WHOLE.replace(old, new, 1)
    Story.model_validate(yaml.safe_load(text))
    assert problems(read(text), SCHEMA, SCHEMA) == []
