"""A page in Chromium, without a driver: a script inside it works, and its result is read back.

The page stands in a frame as wide as the screen that is tried, which a window cannot always be.
"""

import json
import subprocess
from html import escape, unescape
from pathlib import Path
from typing import Any

import pytest

from tests.requirements import require_tool

AXE = Path(__file__).parents[2] / "build" / "axe" / "node_modules" / "axe-core" / "axe.min.js"

PHONE, DESK = 390, 1280
"""Widths that are tried, in pixels."""

SERIOUS = ("serious", "critical")

_SECONDS = 600
_BEGIN, _END = "<output>", "</output>"
_FRAME = """<!doctype html><meta charset="utf-8"><body>
<iframe style="border:0;width:{width}px;height:900px" srcdoc="{page}"></iframe>
<script>
const frame = document.querySelector("iframe");
frame.onload = async () => {{
  const inside = frame.contentWindow;
  const result = await inside.eval({script});
  document.body.innerHTML = "<output></output>";
  document.querySelector("output").textContent = JSON.stringify(result);
}};
</script>"""
AXE_RUN = """(async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  return found.violations.map(each => [each.impact, each.id, each.nodes[0].html]);
})()"""


def axe_source() -> str:
    """The text of axe-core; skips the test where it is not installed."""
    if not AXE.is_file():
        pytest.skip("needs axe-core (scripts/tools browser)")
    return AXE.read_text("utf-8")


def evaluate(page: str, script: str, folder: Path, *, width: int = 1200) -> Any:
    """What a script gives in a page of this width, in pixels; it may be a promise.

    Args:
        folder: where the page is put.
    """
    # A closing tag inside the script's own text would end the script.
    quoted = json.dumps(script).replace("</", "<\\/")
    place = folder / f"frame-{width}.html"
    place.write_text(_FRAME.format(width=width, page=escape(page), script=quoted), "utf-8")
    found = chromium("--virtual-time-budget=60000", "--dump-dom", place.as_uri())
    if _BEGIN not in found:
        pytest.fail(f"the page gave no result: {found[:300]}")
    return json.loads(unescape(found[found.index(_BEGIN) + len(_BEGIN) : found.index(_END)]))


def accessibility(page: str, folder: Path, *, width: int = 1200) -> list[list[str]]:
    """What axe finds wrong: how grave, which rule, and the first element."""
    source = axe_source()
    found: list[list[str]] = evaluate(page, f"{source};{AXE_RUN}", folder, width=width)
    return found


def chromium(*words: str) -> str:
    """Run Chromium without a window, and give what it printed."""
    command = [str(require_tool("chromium")), "--headless", "--no-sandbox", "--disable-gpu"]
    done = subprocess.run(
        [*command, "--hide-scrollbars", *words],
        capture_output=True,
        text=True,
        check=True,
        timeout=_SECONDS,
    )
    return done.stdout
