"""One drawing in a file of its own, by matplotlib, if it is installed (extra ``report``)."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module, util
from pathlib import Path
from typing import Any

from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.evidence.themed import HOW_TO_GET


@contextmanager
def drawing(path: Path, title: str, size: tuple[float, float]) -> Iterator[Any]:
    """Axes to draw on; the SVG is written when the context is left without an exception.

    Args:
        size: width and height in inches.

    Raises:
        BenchError: matplotlib is not installed, or the file cannot be written.
    """
    if util.find_spec("matplotlib") is None:
        raise BenchError("pictures need matplotlib", HOW_TO_GET)
    settings = {"svg.fonttype": "none", "svg.hashsalt": title, "font.size": 9}
    with import_module("matplotlib").rc_context(settings):
        figure = import_module("matplotlib.figure").Figure(figsize=size)
        axes = figure.add_subplot()
        axes.set_title(title, loc="left", fontsize=10)
        yield axes
        try:
            figure.savefig(path, format="svg", bbox_inches="tight", metadata={"Date": None})
        except OSError as error:
            raise BenchError(f"cannot write {path}: {error.strerror}") from error
