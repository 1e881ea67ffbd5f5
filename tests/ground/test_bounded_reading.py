"""A file that may come from others is read within a bound: there is one way to read it."""

import ast

import pytest

from tests.ground.tree import ROOT

UNBOUNDED = {"read_text", "read_bytes"}

OWN = {
    "bench/live/server.py": "the page's own script and style sheet",
    "bench/experiments/fleet/benchmark.py": "what the kernel tells of our own processes",
    "bench/cli/board/build.py": "firmware that was built or brought by this program",
    "bench/cli/engine.py": "the engine that this program has built",
    "bench/drills/story_file.py": "stories in the package",
    "bench/experiments/sweep/notes.py": "what a process of this sweep wrote before it ended",
    "bench/governance/clauses.py": "clauses in the package",
    "bench/governance/guidance.py": "the Guidance in the package",
    "bench/experiments/sweep/board_kills.py": "the flash file that this sweep has made",
    "bench/pytest_kept.py": "the frames that this run has traced",
    "bench/cli/fleet/plan.py": "the example that comes with the package",
    "bench/experiments/benchmarks/mqtt.py": "what the system tells of a broker of our own",
}
"""What else reads whole files, and why it may: nothing of it comes from others."""


def unbounded(source: str) -> set[str]:
    """How a module reads files, or streams, to an end that others decide on."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        takes_file = ast.unparse(node.func) in {"json.load", "yaml.load", "tomllib.load"}
        if node.func.attr in UNBOUNDED or takes_file:
            found.add(node.func.attr)
        # `read()` of a stream that was opened here; with an argument it is bounded.
        if node.func.attr == "read" and not node.args and "file" in ast.unparse(node.func.value):
            found.add("read")
    return found


def test_the_bench_and_the_links_read_no_file_without_a_bound() -> None:
    sources = [path for floor in ("bench", "devices") for path in (ROOT / floor).rglob("*.py")]
    assert len(sources) > 100
    found = {
        path.relative_to(ROOT).as_posix()
        for path in sources
        if unbounded(path.read_text(encoding="utf-8"))
    }
    assert found == OWN.keys()


@pytest.mark.parametrize(
    "source", ["path.read_text()", "path.read_bytes()", "json.load(file)", "file.read()"]
)
def test_reading_without_a_bound_is_seen(source: str) -> None:
    assert unbounded(source)
    assert not unbounded("file.read(2**20)")
