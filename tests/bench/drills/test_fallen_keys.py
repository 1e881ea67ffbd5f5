"""Any key can fall in a story, of all six kinds, and the attacker can do with it what it can."""

from pathlib import Path

import pytest

from firmware_sim.bench.drills.fallen_keys import FallenName
from firmware_sim.bench.drills.story_file import read_story
from firmware_sim.bench.governance.compromise import RelevantKeyKind
from firmware_sim.bench.outcome import DevicesVerdict, Outcome
from tests.bench.drills import telling
from tests.bench.drills.rehearsal import Rehearsal, rehearse

HEAD = "name: own\ntitle: t\nsummary: s\nstart: 2026-06-01T08:00:00Z\nsteps:\n"
READ = "do: read back, by: accessControlBroker"


def step(name: str, body: str) -> str:
    return f"  - {{name: {name}, title: t, {body}}}\n"


def fall(key: str, extra: str = "") -> str:
    return step(
        f"fall-{key.lower().replace('.', '-')}",
        f"do: compromise, key: {key}, reporter: Party, found: f{extra}",
    )


async def play(text: str, folder: Path) -> Rehearsal:
    return await rehearse(read_story(HEAD + text, "own.yaml"), folder)


@pytest.mark.parametrize("key", [name for name in FallenName if name.value != "loadController.DS"])
async def test_every_key_can_fall(key: FallenName, tmp_path: Path) -> None:
    run = await play(
        fall(key, ", determined: true") + step("look", f"{READ}, holding: {{all: 1}}"), tmp_path
    )
    assert run.devices is DevicesVerdict.RIGHT, run.reasons()
    ((detail, clause),) = run.rows(
        "SELECT detail, clause FROM governance WHERE event = 'Compromise declared'"
    )
    assert "generation) is compromised: f" in detail
    assert clause == f"SEC L10.1(a), L10.30(c)({key.kind})"


def test_all_six_kinds_are_among_the_keys() -> None:
    assert {name.kind for name in FallenName} == set(RelevantKeyKind)


async def test_the_brokers_key_agreement_key_forges_macs(tmp_path: Path) -> None:
    text = fall("accessControlBroker.KA") + step("forge", f"{READ}, stolen: true")
    run = await play(text, tmp_path)
    assert run.steps()["forge"] == "passed", run.reasons()


async def test_the_contingency_key_with_its_symmetric_key_replaces_everything(
    tmp_path: Path,
) -> None:
    text = (
        fall("contingency")
        + fall("symmetric")
        + step(
            "attack",
            "do: update, by: root, stolen: true, mode: anyByContingency, cells: [all], install: 2",
        )
        + step("look", f"{READ}, credentials: 2, holding: {{all: 2}}")
    )
    run = await play(text, tmp_path)
    assert run.devices is DevicesVerdict.RIGHT, run.reasons()


async def test_the_contingency_key_alone_replaces_nothing(tmp_path: Path) -> None:
    text = fall("contingency") + step(
        "attack",
        "do: update, by: root, stolen: true, mode: anyByContingency, cells: [all], install: 2, "
        "expect: {refused: [contingency key does not unwrap]}",
    )
    run = await play(text, tmp_path)
    assert run.devices is DevicesVerdict.RIGHT, run.reasons()


@pytest.mark.parametrize(("determined", "cases"), [("true", 1), ("false", 0)])
async def test_an_s1spki_key_counts_if_the_pma_has_determined_it(
    determined: str, cases: int, tmp_path: Path
) -> None:
    text = fall("s1spki", f", determined: {determined}") + step("look", READ)
    run = await play(text, tmp_path)
    open_cases = [text for text in run.departures() if "stands at “suspected”" in text]
    assert len(open_cases) == cases


ALL = "[supplier, networkOperator, accessControlBroker, transitionalCoS, wanProvider, recovery]"
OF_EACH_KIND = [
    *("symmetric", "contingency", "supplier.KA", "accessControlBroker.KA", "recovery.DS", "s1sp"),
    *("root-oca", "issuing-oca", "xml-signing", "pPPXmlSign", "other", "s1spki"),
]


@pytest.mark.parametrize("key", OF_EACH_KIND)
async def test_a_suspicion_of_any_key_goes_the_whole_way_and_gives_the_attacker_nothing(
    key: str, tmp_path: Path
) -> None:
    determined = ", determined: true" if key == "s1spki" else ""
    told = telling.story(
        telling.fall(f"key: {key}", extra=f", certainty: suspected{determined}"),
        telling.notice(),
        telling.step("why", "do: evidence, why: nothing can be sent"),
        telling.meet(),
        telling.decide("not-required"),
        telling.look(", holding: {all: 1}"),
        telling.report(),
    )
    run = await rehearse(told, tmp_path)
    assert run.departures() == []
    assert run.whole is Outcome.PASSED, run.reasons()
    assert copies(run) == 0
    assert run.rows("SELECT count(*) FROM account WHERE kind = 'event'") == [(1,)]


def copies(run: Rehearsal) -> int:
    ((number,),) = run.rows("SELECT count(*) FROM governance WHERE event LIKE 'Key copied%'")
    assert isinstance(number, int)
    return number


BY_RECOVERY = {
    "supplier.KA": ("supplier", ""),
    "supplier.KA.PP": ("supplier", ""),
    "networkOperator.KA": ("networkOperator", ""),
    "accessControlBroker.KA": ("accessControlBroker", ", credentials: 2"),
    "wanProvider.DS": ("wanProvider", ""),
}


@pytest.mark.parametrize("key", BY_RECOVERY)
async def test_recovery_replaces_what_any_other_key_stands_behind(key: str, tmp_path: Path) -> None:
    role, sender = BY_RECOVERY[key]
    told = telling.story(
        telling.fall(f"key: {key}"),
        telling.notice(),
        telling.meet(),
        telling.decide(),
        telling.ceremony(),
        telling.recovery(f"[{role}]"),
        telling.look(f"{sender}, holding: {{all: 1, {role}: 2}}"),
        telling.report(),
    )
    run = await rehearse(told, tmp_path)
    assert run.departures() == []
    assert run.whole is Outcome.PASSED, run.reasons()
    assert copies(run) == 1


@pytest.mark.parametrize("key", ["issuing-oca", "contingency", "symmetric"])
async def test_contingency_mends_the_fall_of_an_authoritys_key(key: str, tmp_path: Path) -> None:
    told = telling.story(
        telling.fall(f"key: {key}"),
        telling.notice(),
        telling.meet(),
        telling.decide("require-contingency"),
        telling.ceremony(),
        telling.step("new-root", "do: issue, generation: 2"),
        telling.step("new", f"do: coordinate, asked: {ALL}, applied: {ALL}, usual: 40"),
        telling.step(
            "all", "do: update, by: root, mode: anyByContingency, cells: [all], install: 2"
        ),
        telling.look(", credentials: 2, holding: {all: 2}"),
        telling.report(),
    )
    run = await rehearse(told, tmp_path)
    assert run.departures() == []
    assert run.whole is Outcome.PASSED, run.reasons()


async def test_an_xml_signing_key_of_the_dcc_is_its_breach(tmp_path: Path) -> None:
    """SEC L10.25(a): the DCC is the Subscriber; of a party's XML key that is the supplier."""
    for key, name in (("pPPXmlSign", "dcc"), ("xml-signing", "supplier")):
        told = telling.story(
            telling.fall(f"key: {key}"),
            telling.notice(),
            telling.step("why", "do: evidence, why: no device trusts it"),
            telling.meet(),
            telling.decide("not-required"),
            telling.look(),
            telling.report(),
        )
        run = await rehearse(told, tmp_path / key)
        ((content,),) = run.rows("SELECT content FROM account WHERE kind = 'breach'")
        assert f'"party": "{name}"' in content
