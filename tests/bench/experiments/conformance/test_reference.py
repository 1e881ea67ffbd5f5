"""Finding and reading a folder of reference messages."""

from pathlib import Path

import pytest

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.conformance.reference import MessageFile, locate, read_messages
from firmware_sim.gbcs.errors import RemoteError
from tests.bench.experiments.conformance.own_set import OwnSet


def test_set_is_found_from_its_root_and_from_its_messages(own_set: OwnSet) -> None:
    from_root, from_messages = locate(own_set.root), locate(own_set.messages)
    assert from_root == from_messages
    assert from_root.messages == own_set.messages
    assert from_root.keys == own_set.root / "keystore.json"
    assert from_root.issuers == own_set.root / "issuers.json"


def test_folder_of_messages_alone_has_no_keys(tmp_path: Path) -> None:
    (tmp_path / "a_COMMAND_GBCS.HEX").write_text("00")
    assert locate(tmp_path).keys is None
    assert [file.name for file in read_messages(tmp_path)] == ["a_COMMAND_GBCS"]


def test_named_files_are_used_and_must_be_there(own_set: OwnSet, tmp_path: Path) -> None:
    named = tmp_path / "other.json"
    with pytest.raises(UsageError, match=r"other\.json"):
        locate(own_set.root, keys=named)
    with pytest.raises(UsageError, match=r"other\.json"):
        locate(own_set.root, issuers=named)
    named.write_text("[]")
    assert locate(own_set.root, keys=named, issuers=named).keys == named


def test_folder_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a folder"):
        locate(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("name", "kind", "family"),
    [
        ("f/CS02a_6_ERROR_COMMAND_GBCS", "COMMAND", "f/CS02a_6_ERROR_GBCS"),
        ("f/CS02a_6_ERROR_RESPONSE_GBCS", "RESPONSE", "f/CS02a_6_ERROR_GBCS"),
        ("f/CS02b_6_PRECOMMAND_GBCS", "PRECOMMAND", "f/CS02b_6_GBCS"),
        ("f/X_8F66_ALERT_PAYMENT_MODE_GBCS", "ALERT", "f/X_8F66_PAYMENT_MODE_GBCS"),
        ("f/anything", "", "f/anything"),
    ],
)
def test_kind_and_family_are_read_from_the_name(name: str, kind: str, family: str) -> None:
    file = MessageFile(Path(f"{name}.HEX"), "")
    assert (file.name, file.kind, file.family) == (name, kind, family)


@pytest.mark.parametrize("text", ["0g", "012", "DF09 zz", "\xff\xfe"])
def test_text_that_is_not_hexadecimal_is_a_remote_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.hex").write_text(text, encoding="latin-1")
    (file,) = read_messages(tmp_path)
    with pytest.raises(RemoteError, match="hexadecimal"):
        file.octets()


def test_hexadecimal_may_have_either_case_and_line_ends(tmp_path: Path) -> None:
    (tmp_path / "x.HEX").write_text("dF09\r\n01\n")
    (file,) = read_messages(tmp_path)
    assert file.octets() == b"\xdf\x09\x01"


def test_other_files_are_not_messages(own_set: OwnSet) -> None:
    (own_set.messages / "README.md").write_text("no message")
    (own_set.messages / "folder.HEX").mkdir()
    assert list(read_messages(own_set.messages)) == []


def test_a_message_file_without_end_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "A_COMMAND.HEX").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(UsageError, match="too many for a message"):
        list(read_messages(tmp_path))
