"""``firmware-sim conformance run`` as people and pipelines see it."""

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest

from firmware_sim.bench.cli.main import run
from tests.bench.experiments.conformance.own_set import (
    SUPPLIER_DS,
    OwnSet,
    query_command,
    query_response,
)

RUN = ("conformance", "run")


@pytest.fixture(autouse=True)
def _no_default_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GBCS_RTDS", raising=False)


def test_sound_set_exits_with_0_and_says_what_it_counted(
    own_set: OwnSet, capsys: pytest.CaptureFixture[str]
) -> None:
    own_set.add_pair()
    assert run([*RUN, str(own_set.root)]) == 0
    out = capsys.readouterr().out
    assert "replayed" in out
    assert "Time: each device's clock shows" in out


def test_json_stands_alone_on_standard_output(
    own_set: OwnSet, capsys: pytest.CaptureFixture[str]
) -> None:
    own_set.add_pair()
    assert run([*RUN, str(own_set.root), "--json"]) == 0
    captured = capsys.readouterr()
    found = json.loads(captured.out)
    assert found["messages"] == {"parsed": 2, "failed": 0}
    assert set(found["signatures"]) == set(found["macs"]) == {"ok", "bad", "no_key"}
    assert set(found["round_trip"]) == {"identical", "non_der", "differs"}
    assert {"pairs", "matched", "differ", "unsupported"} <= set(found["replay"])
    assert "replayed" in captured.err


def outcomes(path: Path) -> dict[str, str]:
    """What JUnit says of each case, by suite and name."""
    found = {}
    for suite in ET.parse(path).iter("testsuite"):
        for case in suite.iter("testcase"):
            what = [child.tag for child in case if child.tag in ("failure", "skipped")]
            found[f"{suite.get('name')}: {case.get('name')}"] = "".join(what) or "passed"
    return found


def test_junit_has_a_case_for_each_message_and_each_pair(own_set: OwnSet, tmp_path: Path) -> None:
    own_set.add_pair()
    own_set.add("x/a_COMMAND", replace(query_command(), mac=bytes(12)))
    assert run([*RUN, str(own_set.root), "--junit", str(tmp_path / "run.xml")]) == 1
    found = outcomes(tmp_path / "run.xml")
    assert found.pop("messages: x/a_COMMAND_GBCS") == "failure"
    assert len(found) == 3
    assert set(found.values()) == {"passed"}
    assert sum(name.startswith("pairs: ") for name in found) == 1


def test_a_message_that_no_key_verifies_is_seen_by_people_and_in_junit(
    own_set: OwnSet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own_set.add_pair()
    (own_set.root / "keystore.json").write_text("[]")
    document = tmp_path / "run.xml"
    assert run([*RUN, str(own_set.root), "--junit", str(document)]) == 0
    out = capsys.readouterr().out
    assert "Not checked, or not DER" in out
    assert "no published key checks the MAC" in out
    messages = [what for name, what in outcomes(document).items() if name.startswith("messages")]
    assert messages == ["skipped"] * 2


def test_a_folder_without_messages_is_told_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*RUN, str(tmp_path)]) == 5
    assert f"{tmp_path} holds no message" in " ".join(capsys.readouterr().err.split())


def test_without_a_set_the_message_says_where_one_comes_from(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(RUN) == 4
    told = " ".join(capsys.readouterr().err.split())
    assert "GBCS_RTDS" in told
    assert "DCC publishes" in told


def test_bad_mac_exits_with_1_and_names_the_message(
    own_set: OwnSet, capsys: pytest.CaptureFixture[str]
) -> None:
    own_set.add("x/a_COMMAND", replace(query_command(), mac=bytes(12)))
    assert run([*RUN, str(own_set.root)]) == 1
    assert "x/a_COMMAND_GBCS: the MAC does not verify" in capsys.readouterr().out


def test_people_are_shown_twenty_findings_and_told_of_the_others(
    own_set: OwnSet, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(25):
        own_set.add(f"x/a{number}_COMMAND", replace(query_command(), mac=bytes(12)))
    assert run([*RUN, str(own_set.root)]) == 1
    out = capsys.readouterr().out
    assert out.count("the MAC does not verify") == 20
    assert "and 5 more; --json names them all" in out


def test_what_is_no_certification_request_is_not_counted_as_one(
    own_set: OwnSet, capsys: pytest.CaptureFixture[str]
) -> None:
    own_set.add("x/a_COMMAND", replace(query_command(), payload=b"\x00"))
    assert run([*RUN, str(own_set.root), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["certification_requests"]["bad"] == 0


def test_differing_answer_exits_with_1(own_set: OwnSet, capsys: pytest.CaptureFixture[str]) -> None:
    own_set.add("x/CS02a_COMMAND", query_command())
    wan_provider = bytes.fromhex("3008 3006 020106 0a0119")
    own_set.add("x/CS02a_RESPONSE", query_response(wan_provider))
    assert run([*RUN, str(own_set.root)]) == 1
    assert "Answered otherwise" in capsys.readouterr().out


def test_strict_run_does_not_pass_over_what_it_could_not_check(own_set: OwnSet) -> None:
    own_set.add_pair()
    (own_set.root / "keystore.json").unlink()
    assert run([*RUN, str(own_set.root)]) == 0
    assert run([*RUN, str(own_set.root), "--strict"]) == 1


def test_empty_folder_exits_with_5(tmp_path: Path) -> None:
    assert run([*RUN, str(tmp_path)]) == 5


@pytest.mark.parametrize(
    "arguments",
    [
        ["nowhere"],
        [".", "--keystore", "nowhere"],
        [".", "--issuers", "nowhere"],
        [".", "--keystore", "broken.json"],
        [".", "--no-such-option"],
        [],
    ],
)
def test_wrong_use_exits_with_4_and_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.json").write_text("{}")
    assert run([*RUN, *arguments]) == 4
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert "Traceback" not in captured.err


def test_folder_comes_from_the_environment_if_it_is_not_named(
    own_set: OwnSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_set.add_pair()
    monkeypatch.setenv("GBCS_RTDS", str(own_set.root))
    assert run([*RUN]) == 0


def test_keys_may_stand_elsewhere(own_set: OwnSet, tmp_path: Path) -> None:
    own_set.add_pair()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("keystore.json", "issuers.json"):
        (own_set.root / name).rename(elsewhere / name)
    keystore, issuers = (str(elsewhere / name) for name in ("keystore.json", "issuers.json"))
    named = ["--keystore", keystore, "--issuers", issuers, "--strict"]
    assert run([*RUN, str(own_set.root)]) == 0
    assert run([*RUN, str(own_set.root), "--strict"]) == 1
    assert run([*RUN, str(own_set.root), *named]) == 0


def test_no_private_scalar_is_printed(own_set: OwnSet, capsys: pytest.CaptureFixture[str]) -> None:
    own_set.add_pair()
    run([*RUN, str(own_set.root), "--json"])
    captured = capsys.readouterr()
    assert SUPPLIER_DS.private_key.hex() not in captured.out + captured.err
