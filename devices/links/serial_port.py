"""A serial port, or anything that pyserial opens by URL, as a stream of octets."""

import errno
from collections.abc import Callable
from pathlib import Path

import serial

from firmware_sim.devices.links.link import LinkError
from firmware_sim.devices.links.octet_stream import READ_SECONDS, LineLostError, OctetStream
from firmware_sim.devices.links.port_lock import PortLock
from firmware_sim.devices.links.ports import PortName, find_port, usb_ports

BAUD = 115_200
WRITE_SECONDS = 10.0
_BITS_PER_OCTET = 10  # with start and stop bit


class SerialStream:
    """An open port, locked against other programs.

    Args:
        url: a path or a URL, e.g. ``/dev/ttyACM0``, ``socket://HOST:PORT``, ``loop://``.
        lock_folder: see `PortLock`.

    Raises:
        LinkError: there is no such port, no right to it, or another program has it.
    """

    def __init__(self, url: str, baud: int = BAUD, lock_folder: Path | None = None) -> None:
        self.name = url
        self._lock = PortLock(url, lock_folder)
        self._lock.acquire()
        try:
            self._port = serial.serial_for_url(
                url,
                baudrate=baud,
                timeout=READ_SECONDS,
                write_timeout=WRITE_SECONDS,
                exclusive=_is_local(url) or None,
            )
        except (OSError, ValueError) as error:  # SerialException is an OSError
            self._lock.release()
            raise LinkError(_why_not(url, error)) from error
        self.seconds_per_octet = _BITS_PER_OCTET / baud if _has_speed(url) else 0.0

    def read(self) -> bytes:
        try:
            first: bytes = self._port.read(1)
            # Not all kinds of port say how many more there are; those say 1.
            rest: bytes = self._port.read(self._port.in_waiting) if first else b""
        except (OSError, TypeError, ValueError) as error:  # TypeError: closed meanwhile
            raise LineLostError(f"{self.name} is gone: {error}") from error
        return first + rest

    def write(self, octets: bytes) -> None:
        try:
            self._port.write(octets)
        except serial.SerialTimeoutException as error:
            raise LineLostError(f"{self.name} takes no octets") from error
        except (OSError, TypeError, ValueError) as error:
            raise LineLostError(f"{self.name} is gone: {error}") from error

    def close(self) -> None:
        try:
            self._port.close()
        except OSError:
            pass  # unplugged: there is nothing left to close
        finally:
            self._lock.release()


def serial_streams(
    port: str | None, baud: int = BAUD, lock_folder: Path | None = None
) -> Callable[[], OctetStream]:
    """How to open a port, now and again: a replugged board is found by its USB serial number.

    Args:
        port: see `firmware_sim.devices.links.ports.find_port`.

    Raises:
        LinkError: no port is meant, or more than one.
    """
    name: PortName = find_port(port)
    return lambda: SerialStream(name.now(usb_ports), baud, lock_folder)


def _is_local(url: str) -> bool:
    return "://" not in url


def _has_speed(url: str) -> bool:
    """Pseudo-terminals and sockets take any baud rate, and heed none."""
    return _is_local(url) and not url.startswith("/dev/pts/")


def _why_not(url: str, error: OSError | ValueError) -> str:
    """One line: what is wrong with a port, and how to mend it."""
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EACCES:
        group = _group(url)
        join = f"sudo usermod -aG {group} $USER, then log in again"
        return f"no right to open {url}: join the group {group} ({join})"
    if number in (errno.ENOENT, errno.ENXIO, errno.ENODEV):
        ports = ", ".join(map(str, usb_ports())) or "none"
        return f"there is no port {url}; USB serial ports here: {ports}"
    if number in (errno.EBUSY, errno.EAGAIN):
        return f"{url} is in use by another program"
    return f"cannot open {url}: {error}"


def _group(path: str) -> str:
    try:
        return Path(path).group()
    except (OSError, KeyError):
        return "dialout"
