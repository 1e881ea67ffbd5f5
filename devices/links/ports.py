"""Which port is meant: named, found by its USB serial number, or the only one. Never guessed."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from serial.tools import list_ports

from firmware_sim.devices.links.link import LinkError

USB_PREFIX = "usb:"


class Port(NamedTuple):
    """One port of this machine; `usb_serial` is empty where it has none."""

    path: str
    usb_serial: str = ""
    description: str = ""

    def __str__(self) -> str:
        usb = f" ({USB_PREFIX}{self.usb_serial})" if self.usb_serial else ""
        return f"{self.path}{usb}"


def usb_ports() -> tuple[Port, ...]:
    """The serial ports that hang on USB, in order of their paths."""
    found = (
        Port(each.device, each.serial_number or "", each.description or "")
        for each in list_ports.comports()
        if each.vid is not None
    )
    return tuple(sorted(found))


class PortName(NamedTuple):
    """A port as it is to be opened, now and again after the board was replugged.

    Attributes:
        url: a path, or a URL that pyserial knows.
        usb_serial: USB serial number of what is plugged in there; empty if it has none.
    """

    url: str
    usb_serial: str = ""

    def now(self, ports: Callable[[], Iterable[Port]] = usb_ports) -> str:
        """Where the board is now: a replugged one may have come back under another path."""
        if not self.usb_serial:
            return self.url
        paths = [each.path for each in ports() if each.usb_serial == self.usb_serial]
        if len(paths) > 1:
            raise LinkError(f"two ports have the USB serial number {self.usb_serial}")
        return paths[0] if paths else self.url


def find_port(text: str | None, ports: Callable[[], Iterable[Port]] = usb_ports) -> PortName:
    """The port that an operator means.

    Args:
        text: a path (``/dev/ttyACM0``), a URL (``socket://HOST:PORT``), ``usb:SERIAL``, or None
            for the only USB serial port there is.

    Raises:
        LinkError: none, or more than one, is meant; lists them.
    """
    present = tuple(ports())
    if text is None:
        return _the_only_one(present)
    if text.startswith(USB_PREFIX):
        return _with_serial(text.removeprefix(USB_PREFIX), present)
    serials = [each.usb_serial for each in present if each.path == text]
    return PortName(text, serials[0] if serials else "")


def _the_only_one(present: tuple[Port, ...]) -> PortName:
    if not present:
        raise LinkError("no USB serial port is there; plug the board in, or name a port")
    if len(present) > 1:
        raise LinkError(f"which board? name one of {_listed(present)}")
    return PortName(present[0].path, present[0].usb_serial)


def _with_serial(serial: str, present: tuple[Port, ...]) -> PortName:
    matching = [each for each in present if serial and each.usb_serial == serial]
    if len(matching) != 1:
        count = "two boards have" if matching else "no board has"
        raise LinkError(f"{count} the USB serial number {serial!r}; there are {_listed(present)}")
    return PortName(matching[0].path, serial)


def _listed(ports: Iterable[Port]) -> str:
    return ", ".join(map(str, ports)) or "no USB serial ports"
