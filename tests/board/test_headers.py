"""hw/firmware/generated is what the Python package makes of itself today."""

from pathlib import Path
from shutil import copytree

import pytest

from firmware_sim.gbcs.device_duties import EXECUTED_BY, certificate_authority, executes
from firmware_sim.gbcs.identifiers import MessageCode
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.replacement import (
    REPLACEMENT_RULES,
    RULES_BY_CODE,
    ReplacementMode,
    RootReplacement,
)
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole
from firmware_sim.gbcs.use_cases import USE_CASES, future_dated_alert
from firmware_sim.hw.headers.__main__ import GENERATED, main, stale, texts, write
from firmware_sim.machine.refusals import ALERTS, RefusalReason
from tests.board.c_structures import Rule, cell_number
from tests.board.language_in_c import LanguageInC


def test_generated_headers_are_up_to_date() -> None:
    assert stale() == []
    assert main(["--check"]) == 0


def test_changed_missing_and_additional_headers_are_stale_until_written(tmp_path: Path) -> None:
    folder = Path(copytree(GENERATED, tmp_path / "generated"))
    (folder / "tables.h").write_text("// by hand\n", encoding="utf-8")
    (folder / "layout.h").unlink()
    (folder / "extra.h").write_text("", encoding="utf-8")
    assert stale(folder) == ["extra.h", "layout.h", "tables.h"]
    assert write(folder) == ["extra.h", "layout.h", "tables.h"]
    assert stale(folder) == []


def test_check_option_fails_and_names_stale_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("firmware_sim.hw.headers.__main__.stale", lambda: ["tables.c"])
    assert main(["--check"]) == 1
    assert "tables.c" in capsys.readouterr().err


def test_generated_lines_have_at_most_100_columns() -> None:
    assert max(len(line) for text in texts().values() for line in text.splitlines()) <= 100


def test_message_codes_are_those_of_the_use_case_table(language: LanguageInC) -> None:
    known = {code for code in range(0x10000) if language.library.code_is_known(code)}
    assert known == set(USE_CASES)


def test_duties_in_c_are_those_of_the_duty_table(language: LanguageInC) -> None:
    codes = [*EXECUTED_BY, MessageCode(0x0100), MessageCode(0x0007)]
    for device_type in DeviceType:
        for code in codes:
            said = language.library.device_executes(device_type, code)
            assert said == executes(device_type, code), (device_type, code)


def test_certificates_are_replaced_by_whom_the_duties_name(language: LanguageInC) -> None:
    held = language.octets_named("certificate_authorities", len(DeviceType))
    for device_type in set(DeviceType) - {DeviceType.TYPE_2}:
        assert held[device_type] == certificate_authority(device_type, Policy()).role


@pytest.mark.parametrize("mode", ReplacementMode)
def test_replacement_rule_in_c_is_the_row_of_its_mode(
    language: LanguageInC, mode: ReplacementMode
) -> None:
    rule = REPLACEMENT_RULES[mode]
    row = language.rule(rule.code)
    assert row is not None
    assert row.mode == mode
    assert row.authorising_role == rule.authorising_role
    assert list(RootReplacement)[row.root] is rule.root
    assert bool(row.is_maced) == rule.maced
    for device_type in DeviceType:
        assert language.rule_is_signed(row, device_type) == rule.is_signed(device_type)
        cell = language.authorising_cell(row, device_type)
        assert cell == cell_number(rule.authorising_cell(device_type))
    replaceable = {role for role in RemotePartyRole if language.may_replace(row, role)}
    root = {RemotePartyRole.ROOT} if rule.root is not RootReplacement.NEVER else set()
    assert replaceable == rule.replaceable | root


def test_message_codes_with_a_rule_in_c_are_those_of_the_modes(language: LanguageInC) -> None:
    ruled = {code for code in range(0x10000) if isinstance(language.rule(code), Rule)}
    assert ruled == set(RULES_BY_CODE)


def test_future_dated_alert_codes_in_c_are_those_of_python(language: LanguageInC) -> None:
    for code in RULES_BY_CODE:
        assert language.library.future_dated_alert(code) == future_dated_alert(code)


def test_refusals_have_the_same_alert_codes_in_c_and_python(language: LanguageInC) -> None:
    octets = language.octets_named("refusal_alerts", 2 * (max(RefusalReason) + 1))
    alerts = [int.from_bytes(octets[at : at + 2], "little") for at in range(0, len(octets), 2)]
    assert alerts == [0, *(ALERTS.get(reason, 0) for reason in RefusalReason)]
