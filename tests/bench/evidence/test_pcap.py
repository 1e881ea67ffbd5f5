"""Capture files, octet by octet against the format's description, and what writes them."""

import struct
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from typer.testing import CliRunner

from firmware_sim.bench.cli.message.group import app
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.evidence.pcap import Captured, PcapFile, write_pcap

_MESSAGE = bytes.fromhex("df090100000000000000070802465300000000020802465311000000000002000800")


def records(path: Path) -> list[tuple[int, int, bytes]]:
    """Seconds, microseconds and octets, read by the description of the format."""
    content = path.read_bytes()
    assert content[:24].hex() == "d4c3b2a1020004000000000000000000ffff000093000000"
    found, at = [], 24
    while at < len(content):
        seconds, fraction, kept, length = struct.unpack_from("<IIII", content, at)
        assert kept == length
        found.append((seconds, fraction, content[at + 16 : at + 16 + kept]))
        at += 16 + kept
    return found


def test_a_captured_message_has_its_time_and_octets(tmp_path: Path) -> None:
    file = tmp_path / "two.pcap"
    hour = timezone(timedelta(hours=1))
    first = Captured(datetime(1970, 1, 1, 1, 0, 1, 999_999, tzinfo=hour), b"\xdf")
    write_pcap(file, [first, Captured(datetime(2026, 3, 2, tzinfo=UTC), _MESSAGE)])
    assert records(file) == [(1, 999_999, b"\xdf"), (1_772_409_600, 0, _MESSAGE)]


def test_added_messages_are_on_disk_at_once_and_readable_by_the_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "open.pcap"
    with PcapFile(file) as capture:
        assert records(file) == []
        capture.add(Captured(datetime(2026, 3, 2, tzinfo=UTC), _MESSAGE))
        assert len(records(file)) == 1
    assert file.stat().st_mode & 0o777 == 0o600


def test_an_unwritable_capture_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="cannot write"):
        write_pcap(tmp_path / "no" / "folder.pcap", [])
    with pytest.raises(BenchError, match="cannot write"):
        write_pcap(tmp_path, [])


def test_messages_are_captured_in_the_order_given(tmp_path: Path) -> None:
    octets = [
        bytes.fromhex(f"df0901{number:016x}080246530000000002080246531100000000000200610000")
        for number in (3, 1, 2)
    ]
    names = []
    for number, each in enumerate(octets):
        names.append(str(tmp_path / f"{number}.hex"))
        Path(names[-1]).write_text(each.hex())
    out = tmp_path / "out.pcap"
    result = CliRunner().invoke(app, ["to-pcap", *names, "--out", str(out)])
    assert result.exception is None
    assert [(at, message) for at, _, message in records(out)] == list(enumerate(octets))
