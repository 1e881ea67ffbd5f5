"""The pictures of the documentation are made by a script, and are small."""

from pathlib import Path

import pytest
from PIL import Image

from scripts.pictures import PICTURES, main
from scripts.tables.governance_tables import PICTURE
from tests.ground.tree import ROOT
from tests.requirements import require_tool

KEPT = ROOT / "docs" / "pictures"
MOST = 150_000


@pytest.mark.parametrize("name", PICTURES)
def test_a_kept_picture_is_there_and_small(name: str) -> None:
    assert 0 < (KEPT / name).stat().st_size < MOST


@pytest.mark.slow
def test_the_script_makes_every_picture(tmp_path: Path) -> None:
    require_tool("chromium")
    require_tool("dot")
    main(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(PICTURES)
    for name in PICTURES:
        made = tmp_path / name
        assert made.stat().st_size < MOST
        if made.suffix == ".png":
            with Image.open(made) as new, Image.open(KEPT / name) as kept:
                assert new.size == kept.size
                # Not a blank page: many colours stand in it.
                assert len(new.convert("RGB").getcolors(1 << 20) or ()) > 30
    # Versions of Graphviz place things differently; what is said must be the same.
    assert _words(tmp_path / PICTURE) == _words(KEPT / PICTURE)


def _words(drawing: Path) -> list[str]:
    lines = drawing.read_text("utf-8").splitlines()
    return sorted(line.split(">", 1)[1] for line in lines if line.startswith("<text"))
