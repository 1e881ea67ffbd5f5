"""Stories as files: what is wrong is said with line and field."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from firmware_sim.bench.drills.read_back_step import ReadBackStep
from firmware_sim.bench.drills.refusal_terms import RefusalExpected
from firmware_sim.bench.drills.story_file import load_story, read_story
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.files.strict_yaml import MAX_OCTETS, MistakesError
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole
from firmware_sim.machine.refusals import RefusalReason

STORY = """\
name: small
title: A small story
summary: Two steps.
start: 2026-03-02T10:00:00+01:00
devices: [ESME]
steps:
  - name: look
    title: Look
    do: read back
    by: supplier
    keep: captured
    holding: {all: 1, supplier.KA.PP: 2}
  - name: change
    title: Change
    do: update
    by: networkOperator
    mode: networkOperatorByNetworkOperator
    cells: [supplier, networkOperator.DS]
    install: 2
    expect: {refused: [bad signature, replayed]}
"""


def test_a_story_file_is_read_as_roles_modes_and_cells() -> None:
    story = read_story(STORY, "small.yaml")
    look, change = story.steps
    assert story.start == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert story.devices == (DeviceType.ESME,)
    assert isinstance(look, ReadBackStep)
    assert look.by is RemotePartyRole.SUPPLIER
    assert look.expect == "accepted"
    assert isinstance(change, UpdateStep)
    assert change.mode is ReplacementMode.NETWORK_OPERATOR_BY_NETWORK_OPERATOR
    assert isinstance(change.expect, RefusalExpected)
    assert change.expect.refused == (RefusalReason.BAD_SIGNATURE, RefusalReason.REPLAYED)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("install: 2", "instal: 2", 19, "steps[2].instal: there is no such key"),
        ("    install: 2\n", "", 13, "steps[2].install: is missing"),
        ("install: 2", "install: 100", 19, "steps[2].install: must be at most 99, not 100"),
        ("bad signature", "bad singature", 20, "'bad singature' is no reason for refusal"),
        ("{refused: [bad signature, replayed]}", "never", 20, "steps[2].expect"),
        ("do: update", "do: upgrade", 13, "'upgrade'"),
        ("by: networkOperator", "by: somebody", 16, "'somebody' is no role"),
        ("networkOperator.DS", "networkOperator.XX", 18, "neither 'all', nor a role"),
        ("supplier.KA.PP: 2", "supplier.KA.PX: 2", 12, "holding"),
        ("[ESME]", "[SMETS]", 5, "devices[1]: 'SMETS' is no device type"),
        ("title: A small story", "titel: A small story", 2, "titel: there is no such key"),
        ("+01:00", "", 4, "a time needs its zone"),
        ("name: change", "name: look", 13, "two steps are named 'look'"),
        ("name: small", "name: small\nname: again", 2, "the key 'name' is written twice"),
        ("do: update", "do: [", 17, "expected"),
    ],
)
def test_a_mistake_in_a_story_is_reported_with_its_line_and_field(
    old: str, new: str, line: int, words: str
) -> None:
    assert old in STORY
    with pytest.raises(UsageError) as caught:
        read_story(STORY.replace(old, new), "small.yaml")
    text = str(caught.value)
    assert words in text
    assert "\n" not in text
    assert text.startswith("small.yaml")
    assert f"line {line}" in text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "just words",
        "steps: []",
        "a: &a [*a, *a]",
        "!!python/object:os.system {}",
        "? [a, b]\n: c",
        "start: 2026-13-45",
        "[" * 20_000,
        "a: 1\n---\nb: 2",
        "a: \x00",
    ],
)
def test_a_file_that_holds_no_story_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        read_story(text, "x.yaml")


def test_a_story_without_steps_is_refused() -> None:
    with pytest.raises(UsageError, match="steps: must not be empty"):
        read_story(STORY[: STORY.index("steps:")] + "steps: []\n", "x.yaml")


def test_a_replay_needs_a_message_that_was_kept_before() -> None:
    replay = """\
  - name: again
    title: Again
    do: replay
    kept: nothing
    expect: {refused: [replayed]}
"""
    with pytest.raises(UsageError, match="uses 'nothing', not kept before it"):
        read_story(STORY + replay, "x.yaml")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("install: 2", "install: yes", "YAML reads yes as true; write true, or 'yes' in quotes"),
        ("install: 2", "install: true", "steps[2].install: must be a whole number"),
        ("install: 2", "install: 1.0", "steps[2].install: must be a whole number"),
        ("install: 2", "install: '2'", "steps[2].install: must be a whole number"),
        ("install: 2", "install: 010", "YAML reads 010 as 8; write 10"),
        (
            "title: Change",
            "title: 0246531100000000",
            "as the number 11453755031552; write '0246531100000000', for an identifier is a text",
        ),
        ("install: 2", "install: 1:30", "YAML reads 1:30 as 90; write 90"),
        ("install: 2", "install: 0b10", "YAML reads 0b10 as 2; write 2"),
        ("install: 2", "install: 1_0", "YAML reads 1_0 as 10; write 10"),
        ("install: 2", "install: 2\n    stolen: 1", "steps[2].stolen: must be true or false"),
        ("install: 2", "install: 2\n    minutes: 09", "steps[2].minutes: must be a whole number"),
        ("install: 2", "install: 2\n    minutes: 1.5", "steps[2].minutes: must be a whole number"),
        ("title: Change", "title: 1.10", "steps[2].title: must be a text; write it in quotes"),
        ("title: Change", "title: 1:30.5", "YAML reads 1:30.5 as 90.5"),
        ("all: 1", "all: true", "steps[1].holding.all: must be a mapping"),
        ("2026-03-02T10:00:00+01:00", "1778486400", "start: must be a time such as"),
        ("2026-03-02T10:00:00+01:00", "2026-03-02", "start: must be a time such as"),
    ],
)
def test_a_value_is_what_it_looks_like_or_a_mistake(old: str, new: str, words: str) -> None:
    assert old in STORY
    with pytest.raises(UsageError) as caught:
        read_story(STORY.replace(old, new), "small.yaml")
    assert words in str(caught.value)


@pytest.mark.parametrize("start", ["2026-03-02T09:00:00Z", "'2026-03-02T09:00:00Z'"])
def test_a_time_may_stand_in_quotes(start: str) -> None:
    story = read_story(STORY.replace("2026-03-02T10:00:00+01:00", start), "small.yaml")
    assert story.start == datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_all_mistakes_of_a_file_are_listed_in_its_order() -> None:
    text = STORY.replace("title: Look", "titel: Look").replace(
        "by: networkOperator", "by: networkOperatr"
    )
    text = text.replace("install: 2", "install: 0777").replace("[ESME]", "[ESNE]")
    with pytest.raises(MistakesError) as caught:
        read_story(text, "small.yaml")
    assert [line.partition(":")[0] for line in caught.value.lines] == [
        "small.yaml, line 5, devices[1]",
        "small.yaml, line 7, steps[1].title",
        "small.yaml, line 8, steps[1].titel",
        "small.yaml, line 16, steps[2].by",
        "small.yaml, line 19",
        "small.yaml, line 19, steps[2].install",
    ]
    for near in ("'title'", "'networkOperator'", "'ESME'"):
        assert f"did you mean {near}?" in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("cells: [supplier, networkOperator.DS]", "cells: supplier"),
        ("holding: {all: 1, supplier.KA.PP: 2}", "holding: [1]"),
        ("expect: {refused: [bad signature, replayed]}", "expect: {refused: []}"),
        ("expect: {refused: [bad signature, replayed]}", "expect: [replayed]"),
        ("do: update", "do: 3"),
        ("    do: update\n", ""),
        (STORY, "- a\n- b\n"),
        (STORY, "words"),
        ("title: Look", "title: ''"),
        ("title: Look", f"title: {'x' * 401}"),
        ("name: look", "name: Look It"),
        ("do: read back", "do: read back\n    minutes: -1"),
    ],
)
def test_mistakes_are_told_without_words_of_a_library(old: str, new: str) -> None:
    assert old in STORY
    with pytest.raises(UsageError) as caught:
        read_story(STORY.replace(old, new), "small.yaml")
    text = str(caught.value)
    for word in ("Input", "valid", "tuple", "instance", "Field", "discriminator", "tag", "String"):
        assert word not in text


def test_a_story_file_is_loaded_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(STORY)
    assert load_story(str(path)).name == "small"


def test_an_unknown_story_name_is_an_error_that_lists_the_names() -> None:
    with pytest.raises(UsageError, match="did you mean 'root-compromise-contingency'"):
        load_story("root-compromise-contingncy")


def test_a_missing_story_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        load_story(str(tmp_path / "absent.yaml"))


def test_a_story_file_that_is_not_utf_8_is_a_usage_error(tmp_path: Path) -> None:
    path = tmp_path / "binary.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="not UTF-8"):
        load_story(str(path))


def test_a_huge_story_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.yaml"
    path.write_bytes(b"#" * (MAX_OCTETS + 1))
    with pytest.raises(UsageError, match="too many"):
        load_story(str(path))
