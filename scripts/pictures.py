"""Make the pictures of the documentation anew: ``python -m scripts.pictures docs/pictures``.

A report, the live page and a sweep, as Chromium shows them, and the procedure, as Graphviz draws
it. A further picture is a function more in `PICTURES`.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from PIL import Image

from firmware_sim.bench.cli.main import run
from scripts.tables.governance_tables import PICTURE, diagram_source

_STORY = "supplier-compromise-recovery"
_COLOURS = 128
_SECONDS = 120
_FRAME = """<!doctype html><meta charset="utf-8"><body style="margin:0;background:#fff">
<img src="{source}" style="width:100%">"""


def report(folder: Path, work: Path) -> None:
    """The first screen of a report."""
    _command("drill", "run", _STORY, "--premises", "5", "--out", str(work / "run"))
    _screenshot(work / "run" / "report.html", folder / "report.png", 1000, 860)


def live(folder: Path, work: Path) -> None:
    """The live page of a run that is over."""
    run_folder = Path("runs/today")  # the page names it
    _command("drill", "run", _STORY, "--premises", "5", "--out", str(work / run_folder))
    words = [sys.executable, "-m", "firmware_sim", "live", str(run_folder), "--port", "0"]
    with subprocess.Popen(  # noqa: S603 - ours
        words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=work
    ) as page:
        assert page.stdout is not None  # noqa: S101 - for the type checker
        try:
            told = next(line for line in page.stdout if line.startswith("Live "))
            _screenshot(told.split()[1], folder / "live.png", 1000, 860)
        finally:
            page.terminate()


def sweep(folder: Path, work: Path) -> None:
    """What the replacement of a Root does to the flash: each of these writes is cut."""
    drawn = work / "sweep.svg"
    _command("sweep", "picture", "esme/update/anyByContingency", "--out", str(drawn))
    page = work / "sweep.html"
    page.write_text(_FRAME.format(source=drawn.as_uri()), "utf-8")
    _screenshot(page, folder / "sweep.png", 1000, 550)


def procedure(folder: Path, work: Path) -> None:
    """The states of one Compromise."""
    source = work / "procedure.dot"
    source.write_text(diagram_source(), "utf-8")
    _program("dot", "-Tsvg", str(source), "-o", str(folder / PICTURE))


PICTURES: Mapping[str, Callable[[Path, Path], None]] = MappingProxyType(
    {"report.png": report, "live.png": live, "sweep.png": sweep, PICTURE: procedure}
)
"""Each file and what makes it, in a folder for what is needed on the way."""


def _screenshot(page: Path | str, picture: Path, width: int, height: int) -> None:
    _program(
        "chromium",
        *("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
        f"--window-size={width},{height}",
        f"--screenshot={picture}",
        "--virtual-time-budget=4000",
        page if isinstance(page, str) else page.as_uri(),
    )
    # Few colours are in a page of text: a third of the octets, and nobody sees a difference.
    with Image.open(picture) as shown:
        fewer = shown.convert("RGB").quantize(_COLOURS)
    fewer.save(picture, optimize=True)


def _command(*words: str) -> None:
    code = run(list(words))
    if code:
        raise SystemExit(f"firmware-sim {' '.join(words)} ended with {code}")


def _program(*words: str) -> None:
    try:
        subprocess.run(words, check=True, capture_output=True, timeout=_SECONDS)  # noqa: S603 - ours
    except FileNotFoundError:
        raise SystemExit(f"needs the program {words[0]} (scripts/tools browser)") from None


def main(folder: Path) -> None:
    """Make every picture in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for make in PICTURES.values():
        with tempfile.TemporaryDirectory() as work:
            make(folder, Path(work))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
