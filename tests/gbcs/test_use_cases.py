"""The use-case table: complete, and in agreement with what the reference messages carry."""

from pathlib import Path

import pytest

from firmware_sim.gbcs.identifiers import CraFlag, MessageCode
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.replacement import (
    REPLACEMENT_RULES,
    RULES_BY_CODE,
    ReplacementMode,
    RootReplacement,
)
from firmware_sim.gbcs.roles import (
    ROOT_CELL,
    DeviceType,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)
from firmware_sim.gbcs.use_cases import USE_CASES, future_dated_alert, use_case, use_case_name
from firmware_sim.gbcs.uses import USES


def protection_of(message: Message) -> str:
    return ("S" if message.signature else "") + ("M" if message.mac is not None else "")


def test_there_are_240_codes_each_with_a_name_of_its_own() -> None:
    assert len(USE_CASES) == 240
    assert all(code == row.code for code, row in USE_CASES.items())
    assert len({row.name for row in USE_CASES.values()}) == 240


def test_protections_are_written_in_the_tables_own_terms() -> None:
    for row in USE_CASES.values():
        assert {row.command, row.response} <= {"M", "S", "SM", "M/S", "S/M", "-", "?"}
        assert row.alert in {"M", "S", "-", "?"}
        # A code is for commands and their responses, or for alerts.
        assert (row.command == "-") is (row.response == "-") is (row.alert != "-")


def test_unknown_codes_have_no_row() -> None:
    assert use_case(MessageCode(0xFFFF)) is None
    assert use_case_name(MessageCode(0xFFFF)) == "unknown"


def test_executed_use_cases_are_readback_modes_own_certificates_and_twelve_uses() -> None:
    executed = {row.code for row in USE_CASES.values() if row.executed}
    assert set(RULES_BY_CODE) <= executed
    own = {0x000A, 0x000B, 0x000C}  # the Device's own certificates
    uses = {0x04, 0x07, 0x12, 0x27, 0x28, 0x59, 0x72, 0x74, 0x84, 0x85, 0x97, 0xA0}
    assert executed == {*RULES_BY_CODE, 0x0008, 0x011B, *own, *uses}
    assert uses == set(USES)


def test_executed_answers_carry_the_clock_where_reference_answers_do(rtds: Path) -> None:
    """In the header of every published response of that code, or of none."""
    for path in sorted((rtds / "messages").rglob("*RESPONSE*.HEX")):
        message = parse_message(bytes.fromhex(path.read_text()))
        row = use_case(message.code)
        assert row is not None, path.name
        if row.executed:
            assert bool(message.date_time) is row.stamped, path.name


def test_reference_messages_are_protected_as_the_table_says(rtds: Path) -> None:
    for path in sorted((rtds / "messages").rglob("*.HEX")):
        message = parse_message(bytes.fromhex(path.read_text()))
        row = use_case(message.code)
        assert row is not None, path.name
        if message.signature is not None:  # a Pre-Command has no protection yet
            assert protection_of(message) in row.protection(message.cra).split("/"), path.name


_ACTS = {
    "Supplier": "Supplier",
    "NO": "NetworkOperator",
    "ACB": "ACB",
    "WP": "WanProvider",
    "TransCoS": "TransCoS",
    "Recovery": "Recovery",
    "Contingency": "Contingency",
    "LoadController": "LoadController",
}


def test_file_names_of_credential_messages_name_the_same_use_case(rtds: Path) -> None:
    for path in sorted((rtds / "messages").rglob("CS02*.HEX")):
        message = parse_message(bytes.fromhex(path.read_text()))
        name = use_case_name(message.code).lower().replace(" ", "")
        assert name.startswith(path.name[:5].lower()), path.name
        if message.cra is not CraFlag.ALERT and message.code in RULES_BY_CODE:
            # The files shorten some parties' names, but never who acts: "...ByNO", "...ByACB".
            acts = path.name.split("_")[0].rsplit("By", 1)[1].removesuffix("Handover")
            assert _ACTS[acts] == RULES_BY_CODE[message.code].mode.label.rsplit("By", 1)[1]


@pytest.mark.parametrize("mode", list(ReplacementMode))
def test_table_and_rules_protect_commands_alike(mode: ReplacementMode) -> None:
    rule = REPLACEMENT_RULES[mode]
    letters = ("S" if rule.signed else "") + ("M" if rule.maced else "")
    row = USE_CASES[rule.code]
    assert row.command == letters
    assert row.response == "S"
    assert mode.label in row.name


def test_mode_numbers_stand_in_message_codes() -> None:
    codes = {mode: rule.code for mode, rule in REPLACEMENT_RULES.items()}
    assert all(code == 0x0100 + mode for mode, code in codes.items() if mode < 10)
    assert codes[ReplacementMode.LOAD_CONTROLLER_BY_LOAD_CONTROLLER] == 0x0125
    assert codes[ReplacementMode.LOAD_CONTROLLER_BY_SUPPLIER] == 0x0126


def test_authorising_cells_are_those_of_the_reference_commands() -> None:
    """The authorising cells that the reference commands name, and the exceptions of GBCS 13.3."""
    expected = {
        ReplacementMode.ROOT_BY_SUPPLIER: "supplier.DS",
        ReplacementMode.ROOT_BY_WAN_PROVIDER: "wanProvider.DS",
        ReplacementMode.SUPPLIER_BY_SUPPLIER: "supplier.DS",
        ReplacementMode.NETWORK_OPERATOR_BY_NETWORK_OPERATOR: "networkOperator.DS",
        ReplacementMode.ACB_BY_ACB: "accessControlBroker.KA",
        ReplacementMode.WAN_PROVIDER_BY_WAN_PROVIDER: "wanProvider.DS",
        ReplacementMode.TRANS_COS_BY_TRANS_COS: "transitionalCoS.DS",
        ReplacementMode.SUPPLIER_BY_TRANS_COS: "transitionalCoS.DS",
        ReplacementMode.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY: "recovery.DS",
        ReplacementMode.ANY_BY_CONTINGENCY: "root.CS",
        ReplacementMode.LOAD_CONTROLLER_BY_LOAD_CONTROLLER: "loadController.DS",
        ReplacementMode.LOAD_CONTROLLER_BY_SUPPLIER: "supplier.DS",
    }
    named = {
        mode: str(rule.authorising_cell(DeviceType.ESME))
        for mode, rule in REPLACEMENT_RULES.items()
    }
    assert named == expected
    broker = REPLACEMENT_RULES[ReplacementMode.ACB_BY_ACB]
    assert str(broker.authorising_cell(DeviceType.CHF)) == "accessControlBroker.DS"
    assert broker.is_signed(DeviceType.CHF)
    assert not broker.is_signed(DeviceType.ESME)


def test_each_mode_replaces_the_root_only_as_far_as_specified() -> None:
    reach = {mode: rule.root for mode, rule in REPLACEMENT_RULES.items()}
    normal = {mode for mode, root in reach.items() if root is RootReplacement.NORMAL}
    abnormal = {mode for mode, root in reach.items() if root is RootReplacement.ABNORMAL}
    assert abnormal == {ReplacementMode.ANY_BY_CONTINGENCY}
    assert normal == {
        ReplacementMode.ROOT_BY_SUPPLIER,
        ReplacementMode.ROOT_BY_WAN_PROVIDER,
        ReplacementMode.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY,
    }
    for mode, rule in REPLACEMENT_RULES.items():
        assert rule.may_replace(ROOT_CELL) is (mode in normal | abnormal)


def test_supplier_replaces_its_own_cells_and_no_others() -> None:
    rule = REPLACEMENT_RULES[ReplacementMode.SUPPLIER_BY_SUPPLIER]
    for role in RemotePartyRole:
        cell = TrustAnchorCellId(role, KeyUsage.DIGITAL_SIGNATURE)
        assert rule.may_replace(cell) is (role is RemotePartyRole.SUPPLIER)


def test_future_dated_commands_have_an_alert_of_their_use_case() -> None:
    for mode, rule in REPLACEMENT_RULES.items():
        family = "CS02g" if mode >= ReplacementMode.LOAD_CONTROLLER_BY_LOAD_CONTROLLER else "CS02b"
        row = USE_CASES[future_dated_alert(rule.code)]
        assert row.name.startswith(family)
        assert row.alert == "S"
