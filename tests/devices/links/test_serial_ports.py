"""Which port is meant, who may use it, and what is said when it cannot be opened."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
import serial

from firmware_sim.devices.links.link import LinkError
from firmware_sim.devices.links.port_lock import PortLock
from firmware_sim.devices.links.ports import Port, PortName, find_port
from firmware_sim.devices.links.serial_port import SerialStream

ONE = Port("/dev/ttyACM0", "0671FF", "ST-Link")
OTHER = Port("/dev/ttyACM1", "0672AA", "ST-Link")
NAMELESS = Port("/dev/ttyUSB0", "", "adapter")


def test_the_only_port_needs_no_name() -> None:
    assert find_port(None, lambda: [ONE]) == ("/dev/ttyACM0", "0671FF")


def test_two_ports_are_never_guessed_between() -> None:
    with pytest.raises(LinkError) as error:
        find_port(None, lambda: [ONE, OTHER])
    assert str(error.value) == (
        "which board? name one of /dev/ttyACM0 (usb:0671FF), /dev/ttyACM1 (usb:0672AA)"
    )


def test_missing_ports_are_reported_with_what_to_do() -> None:
    with pytest.raises(LinkError, match="plug the board in, or name a port"):
        find_port(None, list)


def test_a_port_is_found_by_its_usb_serial_number() -> None:
    assert find_port("usb:0672AA", lambda: [ONE, OTHER]).url == "/dev/ttyACM1"
    with pytest.raises(LinkError, match=r"no board has .*'0673'; there are /dev/ttyACM0"):
        find_port("usb:0673", lambda: [ONE])
    with pytest.raises(LinkError, match="two boards have"):
        find_port("usb:0671FF", lambda: [ONE, OTHER._replace(usb_serial="0671FF")])
    with pytest.raises(LinkError, match="no board has"):
        find_port("usb:", lambda: [NAMELESS])


def test_a_named_port_is_remembered_by_its_usb_serial_number() -> None:
    name = find_port("/dev/ttyACM0", lambda: [ONE, OTHER])
    assert name.now(lambda: [OTHER, ONE._replace(path="/dev/ttyACM7")]) == "/dev/ttyACM7"
    assert name.now(lambda: [OTHER]) == "/dev/ttyACM0"
    with pytest.raises(LinkError, match="two ports"):
        name.now(lambda: [ONE, ONE._replace(path="/dev/ttyACM7")])


@pytest.mark.parametrize("url", ["/dev/pts/7", "socket://127.0.0.1:5000", "loop://"])
def test_any_other_url_is_taken_as_it_is(url: str) -> None:
    assert find_port(url, lambda: [ONE]) == PortName(url)
    assert PortName(url).now(lambda: [ONE]) == url


def test_one_lock_a_port_and_the_holder_is_named(tmp_path: Path) -> None:
    lock = PortLock("/dev/ttyACM0", tmp_path)
    lock.acquire()
    with pytest.raises(LinkError) as error:
        PortLock("/dev/ttyACM0", tmp_path).acquire()
    assert str(error.value) == f"/dev/ttyACM0 is in use by process {os.getpid()}"
    PortLock("/dev/ttyACM1", tmp_path).acquire()
    lock.release()
    PortLock("/dev/ttyACM0", tmp_path).acquire()


def test_port_lock_of_another_process_holds_until_that_ends(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib; from firmware_sim.devices.links.port_lock import PortLock;"
        "lock = PortLock('/dev/ttyACM0', pathlib.Path(sys.argv[1])); lock.acquire();"
        "print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(LinkError, match=f"in use by process {other.pid}$"):
            PortLock("/dev/ttyACM0", tmp_path).acquire()
        other.kill()
        other.wait()
    PortLock("/dev/ttyACM0", tmp_path).acquire()


def test_folder_that_cannot_hold_locks_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LinkError, match="cannot lock /dev/ttyACM0"):
        PortLock("/dev/ttyACM0", tmp_path / "file").acquire()


def test_missing_port_is_reported(tmp_path: Path) -> None:
    with pytest.raises(LinkError, match="there is no port /dev/ttyNONE; USB serial ports here: "):
        SerialStream("/dev/ttyNONE", lock_folder=tmp_path)
    with pytest.raises(LinkError, match="there is no port"):  # and its lock was given back
        SerialStream("/dev/ttyNONE", lock_folder=tmp_path)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (errno.EACCES, r"no right to open .*: join the group \w+ \(sudo usermod -aG \w+ \$USER"),
        (errno.EBUSY, "in use by another program"),
        (errno.EIO, "cannot open"),
    ],
)
def test_port_that_does_not_open_is_reported_with_its_reason(
    number: int, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise serial.SerialException(number, os.strerror(number))

    monkeypatch.setattr(serial, "serial_for_url", refuse)
    with pytest.raises(LinkError, match=text) as error:
        SerialStream(str(tmp_path), lock_folder=tmp_path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("url", ["nonsense://x", "socket://127.0.0.1:1"])
def test_url_without_a_listener_is_reported(url: str, tmp_path: Path) -> None:
    with pytest.raises(LinkError, match=f"cannot open {url}: "):
        SerialStream(url, lock_folder=tmp_path)


def test_a_loop_gives_back_what_it_gets(tmp_path: Path) -> None:
    stream = SerialStream("loop://", lock_folder=tmp_path)
    stream.write(b"octets")
    got = stream.read()
    while len(got) < 6:
        got += stream.read()
    assert got == b"octets"
    assert stream.read() == b""
    stream.close()
