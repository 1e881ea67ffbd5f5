"""The most stack that the firmware can need, from the call graph that gcc writes as it links.

gcc knows the frame of every function and every direct call. What is called through a pointer
is found by where it lies: each place that does so is described here, and one that is not, or a
recursion that is not, is an error rather than a guess.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from firmware_sim.hw.errors import HardwareError

ENTRY: Final = "reset_handler"

# libc/string.c and libgcc are compiled apart; none of them has a larger frame than this.
_FRAME_OUTSIDE: Final = 64
_OUTSIDE = re.compile(r"mem(cpy|move|set|cmp|chr)|strlen|__[a-z0-9_]+")
# Saved by the processor where a fault comes (ARMv7-M B1.5.6), and by its handler.
_FAULT_FRAME: Final = 64

_RECURSIONS: Final = {"climb": 5}
"""Functions that call themselves, and how deep: MAX_PATH of gbcs/path.h."""

_POINTERS: Final = {
    "/aead/gcm.c": r"br_(aes_ct_ctr|ghash)_",
    "/mac/hmac.c": r"br_(sha256|sha224|sha2small|sha1)_",
    "/rand/hmac_drbg.c": r"br_(sha256|sha224|sha2small|sha1)_",
    "firmware/machine/dispatch.c": "firmware/machine/",
    "firmware/link/link.c": "firmware/link/",
}
"""What a call through a pointer in a file reaches: functions by name, or by their own file."""

_NODE = re.compile(r'node: \{ title: "([^"]+)" label: "([^"]*)"')
_EDGE = re.compile(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)" label: "([^"]*)"')
_FRAME = re.compile(r"(\d+) bytes \((\w+)\)")
_INDIRECT: Final = "__indirect_call"


@dataclass(slots=True)
class _Function:
    """`where` is its source file; `calls` are the titles of others."""

    name: str
    where: str
    frame: int
    calls: set[str] = field(default_factory=set)
    pointers: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class StackBound:
    """Octets, and the calls that need them, outermost first."""

    octets: int
    calls: tuple[str, ...]


def stack_bound(graph: Path) -> StackBound:
    """The deepest that the stack can be.

    Args:
        graph: what `firmware_sim.hw.build.firmware.call_graph` names.

    Raises:
        HardwareError: a frame has no fixed size, or a recursion or a call through a pointer is
            not described.
    """
    functions = _read(graph.read_text(encoding="utf-8"))
    if ENTRY not in functions:
        raise HardwareError(f"{graph} has no {ENTRY}", "build the firmware with gcc")
    deepest = _Deepest(functions).of(ENTRY, ())
    return StackBound(deepest.octets + _FAULT_FRAME, deepest.calls)


def _read(text: str) -> dict[str, _Function]:
    functions = {}
    for title, label in _NODE.findall(text):
        name, _, rest = label.partition("\\n")
        frame = _FRAME.search(rest)
        if frame is None:
            continue
        if frame[2] != "static":
            raise HardwareError(f"{name} has a frame without a fixed size")
        functions[title] = _Function(name, rest.partition(":")[0], int(frame[1]))
    for source, target, label in _EDGE.findall(text):
        if target == _INDIRECT:
            functions[source].pointers.add(label.partition(":")[0])
        elif source in functions:
            functions[source].calls.add(target)
    return functions


class _Deepest:
    """The deepest path below each function, found once."""

    def __init__(self, functions: Mapping[str, _Function]) -> None:
        self._functions = functions
        self._known: dict[str, StackBound] = {}

    def of(self, title: str, above: tuple[str, ...]) -> StackBound:
        function = self._functions.get(title)
        if function is None:
            return self._merged(title, above)
        if title in above:
            raise HardwareError(f"{function.name} calls itself by way of {above[-1]}")
        if title not in self._known:
            self._known[title] = self._measure(title, function, above)
        return self._known[title]

    def _merged(self, title: str, above: tuple[str, ...]) -> StackBound:
        """A function that is another's twin, so that gcc keeps one; or none of its own."""
        name = title.rpartition(":")[2].partition(".")[0]
        twins = [other for other, each in self._functions.items() if each.name == name]
        if not twins and not _OUTSIDE.fullmatch(name):
            raise HardwareError(f"the frame of {name} is not known")
        bounds = [self.of(twin, above) for twin in twins]
        return max(
            bounds, key=lambda bound: bound.octets, default=StackBound(_FRAME_OUTSIDE, (name,))
        )

    def _measure(self, title: str, function: _Function, above: tuple[str, ...]) -> StackBound:
        times = 1
        if title in function.calls:
            if function.name not in _RECURSIONS:
                raise HardwareError(
                    f"{function.name} calls itself, and _RECURSIONS does not say how often"
                )
            times = _RECURSIONS[function.name]
        below = [
            self.of(called, (*above, title))
            for called in [*function.calls - {title}, *self._pointed_to(title, function)]
        ]
        deepest = max(below, key=lambda bound: bound.octets, default=StackBound(0, ()))
        frames = times * function.frame
        return StackBound(frames + deepest.octets, (function.name, *deepest.calls))

    def _pointed_to(self, title: str, function: _Function) -> Iterable[str]:
        for place in function.pointers:
            pattern = next((p for end, p in _POINTERS.items() if place.endswith(end)), None)
            if pattern is None:
                raise HardwareError(f"{function.name} calls through a pointer in {place}")
            yield from (
                other
                for other, each in self._functions.items()
                if other != title and self._may_be(pattern, other, each)
            )

    def _may_be(self, pattern: str, title: str, function: _Function) -> bool:
        """By name; or in a folder, and called by no function directly."""
        if not pattern.endswith("/"):
            return re.match(pattern, function.name) is not None
        return pattern in function.where and not self._is_called(title)

    def _is_called(self, title: str) -> bool:
        return any(title in each.calls for each in self._functions.values())
