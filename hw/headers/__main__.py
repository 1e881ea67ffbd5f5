"""``python -m firmware_sim.hw.headers`` writes the generated C; ``--check`` says what is stale."""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from firmware_sim.hw.headers import geometry, layout, machine_tables, tables, uses

GENERATED = Path(__file__).resolve().parent.parent / "firmware" / "generated"

_MAKERS: tuple[Callable[[], Mapping[str, str]], ...] = (
    layout.files,
    geometry.files,
    tables.files,
    machine_tables.files,
    uses.files,
)


def texts() -> dict[str, str]:
    """Every generated file by its name in `GENERATED`."""
    return {name: text for maker in _MAKERS for name, text in maker().items()}


def stale(folder: Path = GENERATED) -> list[str]:
    """What a run would change there: names of missing, differing and left-over files."""
    wanted = texts()
    held = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.[ch]")}
    names = sorted(wanted.keys() | held.keys())
    return [name for name in names if wanted.get(name) != held.get(name)]


def write(folder: Path = GENERATED) -> list[str]:
    """Bring the folder up to date; the names of what changed."""
    wanted = texts()
    changed = stale(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name in changed:
        if name in wanted:
            (folder / name).write_text(wanted[name], encoding="utf-8")
        else:
            (folder / name).unlink()
    return changed


def main(arguments: list[str] | None = None) -> int:
    """0, or 1 with ``--check`` if a file is stale."""
    parser = argparse.ArgumentParser(prog="python -m firmware_sim.hw.headers", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if stale")
    is_check = parser.parse_args(arguments).check
    changed = stale() if is_check else write()
    for name in changed:
        sys.stderr.write(f"{'stale' if is_check else 'written'}: {name}\n")
    return int(is_check and bool(changed))


if __name__ == "__main__":
    sys.exit(main())
