"""The bound on the stack: what it adds up, and what it refuses to guess."""

from pathlib import Path

import pytest

from firmware_sim.hw.build.stack import stack_bound
from firmware_sim.hw.errors import HardwareError

_FAULT = 64
_OUTSIDE = 64


def node(name: str, octets: int, kind: str = "static", where: str = "firmware/main.c:1:1") -> str:
    return (
        f'node: {{ title: "{name}" label: "{name}\\n{where}\\n{octets} bytes ({kind})'
        f'\\n0 dynamic objects" }}'
    )


def edge(source: str, target: str, where: str = "firmware/main.c:2:2") -> str:
    return f'edge: {{ sourcename: "{source}" targetname: "{target}" label: "{where}" }}'


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    return tmp_path / "firmware.ci"


def test_deepest_path_counts_and_not_the_sum(graph: Path) -> None:
    lines = [
        *(node(name, octets) for name, octets in zip("abc", (100, 40, 50), strict=True)),
        node("reset_handler", 8), node("never_called", 9000),
        edge("reset_handler", "a"), edge("reset_handler", "b"), edge("b", "c"),
    ]  # fmt: skip
    graph.write_text("\n".join(lines))
    bound = stack_bound(graph)
    assert bound.octets == 8 + 100 + _FAULT
    assert bound.calls == ("reset_handler", "a")


def test_frame_of_what_is_compiled_apart_is_assumed(graph: Path) -> None:
    graph.write_text("\n".join([node("reset_handler", 8), edge("reset_handler", "memcpy")]))
    assert stack_bound(graph).octets == 8 + _OUTSIDE + _FAULT


def test_pointers_reach_the_deepest_of_what_they_may_hold(graph: Path) -> None:
    where = "./firmware/machine/dispatch.c:9:1"
    lines = [
        node("reset_handler", 8),
        node("handler", 300, where="./firmware/machine/replace.c:1:1"),
        node("other", 900, where="./firmware/link/link.c:1:1"),
        edge("reset_handler", "__indirect_call", where),
    ]
    graph.write_text("\n".join(lines))
    assert stack_bound(graph).octets == 8 + 300 + _FAULT


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (
            [edge("reset_handler", "reset_handler")],
            "calls itself, and _RECURSIONS does not say how often",
        ),
        (
            [node("a", 1), edge("reset_handler", "a"), edge("a", "reset_handler")],
            "reset_handler calls itself by way of a",
        ),
        ([edge("reset_handler", "__indirect_call", "new.c:1:1")], r"through a pointer in new\.c"),
        ([node("a", 1, "dynamic")], "a has a frame without a fixed size"),
        ([edge("reset_handler", "unknown")], "the frame of unknown is not known"),
    ],
)
def test_call_graph_without_a_bound_is_an_error(
    graph: Path, lines: list[str], problem: str
) -> None:
    graph.write_text("\n".join([node("reset_handler", 8), *lines]))
    with pytest.raises(HardwareError, match=problem):
        stack_bound(graph)
