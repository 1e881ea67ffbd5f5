"""Every mistake of a story is found before anything runs, and none hides another."""

from pathlib import Path

import pytest

from firmware_sim.bench.drills.story_file import examine, read_story
from firmware_sim.bench.files.strict_yaml import MistakesError
from firmware_sim.bench.files.yaml_loader import Mistake

STORIES = sorted((Path(__file__).parent / "stories").rglob("*.yaml"))
HEAD = """\
name: own
title: A story
summary: A summary.
start: 2026-03-02T09:00:00Z
"""


def step(do: str, more: str, name: str = "a") -> str:
    return f"  - {{name: {name}, title: t, do: {do}, {more}}}\n"


def found(steps: str, head: str = HEAD) -> list[Mistake]:
    return examine(f"{head}steps:\n{steps}", "own.yaml")[1]


def rules(steps: str, head: str = HEAD) -> list[tuple[int, str]]:
    return [(each.line, each.rule) for each in found(steps, head)]


FALL = step("compromise", "role: supplier, reporter: Party, found: f", "fall")
MEET = step("meet", "present: [chair, supplier-1, network-1, smki-specialist]", "meeting")
DECIDE = step("decide", "outcome: require-recovery, grounds: [g]", "decision")
BY_RECOVERY = "by: recovery, mode: anyExceptAbnormalRootByRecovery, cells: [supplier], install: 2"
BY_SUPPLIER = "by: supplier, mode: supplierBySupplier, install: 2"


CONTRADICTIONS = [
    (
        step("update", f"{BY_SUPPLIER}, cells: [supplier], devices: [CHF]"),
        "role-of-no-device", "GBCS 13.3", "no device concerned has a cell supplier.DS",
    ),
    (
        step("read back", "by: networkOperator, devices: [GSME]"),
        "role-of-no-device", "GBCS 13.3", "(concerned: GSME)",
    ),
    (step("update", BY_RECOVERY), "key-before-decision", "SEC L10.2(a)", "recovery key"),
    (
        step("read back", "by: supplier, stolen: true"),
        "key-before-theft", "SEC L10.30(c)", "no step before it stole the supplier's",
    ),
    (
        FALL + step("meet", "present: [chair, supplier-1, network-1, tabasc, "
                            "{office: supplier-2, person: tabasc}]", "m"),
        "person-in-two-offices", "SEC L1.4, L1.12", "tabasc sits for tabasc and for supplier-2",
    ),
    (
        step("update", f"{BY_SUPPLIER}, cells: [supplier, networkOperator], devices: [ESME]"),
        "cell-out-of-mode", "GBCS 13.3",
        "supplierBySupplier does not replace networkOperator.DS, networkOperator.KA",
    ),
    (
        step("update", f"{BY_SUPPLIER}, cells: [supplier], expect: {{root: other}}"),
        "status-of-no-cell", "GBCS 13.3", "replaces no cell 'root'",
    ),
    (
        step("update", "by: supplier, mode: networkOperatorByNetworkOperator, "
                       "cells: [networkOperator], install: 2"),
        "mode-of-party", "GBCS 13.3", "supplier does not use",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "rule", "clause", "words"), CONTRADICTIONS, ids=[each[1] for each in CONTRADICTIONS]
)
def test_a_contradiction_is_found_with_its_rule_and_clause(
    steps: str, rule: str, clause: str, words: str
) -> None:
    (mistake,) = [each for each in found(steps) if each.rule == rule]
    assert mistake.clause == clause
    assert words in mistake.text
    assert mistake.path[0] == "steps"


def test_a_start_outside_the_validity_of_the_certificates_is_found() -> None:
    head = HEAD.replace("2026", "2040")
    (mistake,) = found(step("read back", "by: accessControlBroker"), head)
    assert (mistake.line, mistake.column, mistake.path) == (4, 1, ("start",))
    assert (mistake.rule, mistake.suggestion) == ("start-outside-validity", "start within")


def test_a_clause_that_no_step_can_earn_is_found() -> None:
    head = HEAD + "rules: [{clause: SEC L10.3, text: the DCC reports}]\n"
    assert rules(step("read back", "by: accessControlBroker"), head) == [(5, "unearned-clause")]


def test_an_office_that_is_represented_twice_is_found() -> None:
    (mistake,) = found(FALL + step("meet", "present: [chair, tabasc, tabasc, network-1]", "m"))
    assert mistake.message == "tabasc is represented twice"
    assert mistake.path == ("steps", 1, "present", 2)


def test_a_meeting_that_is_to_have_no_quorum_may_show_a_person_in_two_offices() -> None:
    seats = "present: [chair, {office: tabasc, person: chair}], expect: no quorum"
    assert found(FALL + step("meet", seats, "m")) == []


def test_the_specialist_may_also_sit_for_the_chair() -> None:
    chair = "{office: chair, person: smki-specialist, alternate: true}"
    seats = f"present: [{chair}, smki-specialist, supplier-1, network-1, tabasc]"
    assert found(FALL + step("meet", seats, "m")) == []


def test_a_status_of_its_own_makes_a_cell_out_of_the_mode_a_statement() -> None:
    aim = f"{BY_SUPPLIER}, cells: [supplier, networkOperator], devices: [ESME]"
    assert found(step("update", f"{aim}, expect: {{networkOperator: other}}")) == []
    assert found(step("update", f"{aim}, expect: {{refused: [no authority]}}")) == []


def test_a_mistake_in_one_step_hides_none_in_others_nor_at_the_top() -> None:
    head = HEAD.replace("2026", "2040").replace("title: A story", "titel: A story")
    head += "rules: [{clause: SEC L99.9, text: t}, {clase: SEC L10.3, text: t}]\n"
    head += "assumptions: {needed: 6}\n"
    steps = (
        step("read back", "by: other", "one")
        + step("update", f"{BY_SUPPLIER}, cells: [supplier], instal: 2", "two")
        + step("upgrade", "by: supplier", "three")
        + step("update", f"{BY_SUPPLIER}, cells: [recovery]", "four")
        + step("read back", "by: supplier", "two")
    )
    assert rules(steps, head) == [
        (2, "unknown-key"),
        (4, "start-outside-validity"),
        (5, "missing-key"),
        (5, "unknown-key"),
        (5, "unknown-clause"),
        (6, "too-few-custodians"),
        (8, "party-without-key"),
        (9, "unknown-key"),
        (10, "value"),
        (11, "cell-out-of-mode"),
        (12, "name-twice"),
    ]


@pytest.mark.parametrize(
    ("unread", "rest"),
    [
        (FALL.replace("role", "rol"), step("confirm", "how: h")),
        (FALL.replace("role", "rol"), step("read back", "by: supplier, stolen: true")),
        (FALL.replace("do: compromise, ", ""), step("confirm", "how: h, about: fall")),
        (FALL + MEET.replace("chair", "char"), step("close meeting", "minutes: 1")),
        (FALL + MEET + DECIDE.replace("grounds", "ground"), step("update", BY_RECOVERY)),
        (
            step("read back", "by: supplier, keeps: k", "look"),
            step("replay", "kept: k, expect: {refused: [replayed]}"),
        ),
    ],
    ids=["case", "theft", "no do", "meeting", "decision", "kept"],
)
def test_nothing_is_concluded_from_what_an_unreadable_step_may_have_done(
    unread: str, rest: str
) -> None:
    last = unread.count("\n") + HEAD.count("\n") + 1
    assert {line for line, _ in rules(unread + rest)} == {last}


def test_what_an_unreadable_step_cannot_have_done_is_still_missing() -> None:
    look = step("read back", "by: supplier, keeps: k", "look")
    assert rules(look + step("confirm", "how: h")) == [
        (6, "unknown-key"),
        (7, "compromise-before-procedure"),
    ]


@pytest.mark.parametrize(
    "text",
    ["steps: words\n", "steps: {a: 1}\n", "steps: [1, words, null]\n", "rules: 3\nsteps: []\n"],
)
def test_a_value_of_another_kind_hides_no_mistake_beside_it(text: str) -> None:
    mistakes = examine(HEAD.replace("2026", "2040") + text, "own.yaml")[1]
    assert "start-outside-validity" in {each.rule for each in mistakes}
    assert len(mistakes) > 1


@pytest.mark.parametrize(
    ("key", "near"),
    [("instal", "install"), ("cell", "cells"), ("devises", "devices"), ("expct", "expect")],
)
def test_an_unknown_key_names_the_nearest_that_may_stand_there(key: str, near: str) -> None:
    (mistake,) = found(step("update", f"{BY_SUPPLIER}, cells: [supplier], {key}: 2"))
    assert mistake.suggestion == f"did you mean {near!r}?"


def test_a_slip_names_every_key_that_is_as_near_as_the_nearest() -> None:
    (mistake,) = found(step("compromise", "key: netwrokOperator, reporter: Party"))
    near = "did you mean 'networkOperator.DS' or 'networkOperator.KA'? All that may: root-oca"
    assert mistake.suggestion.startswith(near)


def test_an_unknown_key_that_is_like_none_names_all_that_may_stand_there() -> None:
    head = HEAD + "provision: [{cells: [supplier], zzz: 1}]\n"
    (mistake,) = found(step("read back", "by: accessControlBroker"), head)
    assert mistake.suggestion == "the keys here are devices, cells, holder, generation"


@pytest.mark.parametrize(
    ("text", "message", "suggestion"),
    [
        ("'a; b' is no role; did you mean 'c; d'?", "'a; b' is no role", "did you mean 'c; d'?"),
        ("the supplier's key; put it first", "the supplier's key", "put it first"),
        ('"it\'s; so" is no role', '"it\'s; so" is no role', ""),
        ("must not be empty", "must not be empty", ""),
        ("'it\\'s; so' is no role; use one", "'it\\'s; so' is no role", "use one"),
    ],
)
def test_what_is_wrong_and_how_to_mend_it_are_told_apart(
    text: str, message: str, suggestion: str
) -> None:
    mistake = Mistake(1, "", text)
    assert (mistake.message, mistake.suggestion) == (message, suggestion)


def test_a_character_that_yaml_does_not_allow_is_told_with_its_place() -> None:
    with pytest.raises(MistakesError) as caught:
        examine("name: a\ntitle: b\x00\n", "own.yaml")
    (mistake,) = caught.value.mistakes
    assert (mistake.line, mistake.column, mistake.rule) == (2, 9, "yaml")


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_stories_of_tests_have_no_mistake_but_the_one_that_is_about_it(path: Path) -> None:
    mistakes = examine(path.read_text("utf-8"), path.name)[1]
    expected = {"unearned-clause", "unknown-clause"} if "row-7-" in path.name else set()
    assert {each.rule for each in mistakes} == expected


def test_a_story_with_mistakes_is_never_played() -> None:
    with pytest.raises(MistakesError) as caught:
        read_story(f"{HEAD}steps:\n" + step("read back", "by: other"), "own.yaml")
    assert [each.rule for each in caught.value.mistakes] == ["party-without-key"]
