"""``firmware-sim board keys``: what may stand in a board.toml."""

import typer
from rich.table import Table
from rich.text import Text

from firmware_sim.bench.cli.board.options import Json
from firmware_sim.bench.cli.output import print_json, stdout
from firmware_sim.hw.build.board_tables import KEYS, OPTIONAL

app = typer.Typer()


@app.command(epilog="Example: firmware-sim board keys --json")
def keys(as_json: Json = False) -> None:
    """Show every key of a board.toml: its form, and what it means."""
    rows = [
        (table, name, name not in OPTIONAL.get(table, set()), key)
        for table, held in KEYS.items()
        for name, key in held.items()
    ]
    if as_json:
        print_json(
            [
                {
                    "table": table,
                    "key": name,
                    "needed": needed,
                    "form": key.form,
                    "meaning": key.meaning,
                }
                for table, name, needed, key in rows
            ]
        )
        return
    shown = Table("Key", "Needed", "Takes", "What it says", box=None, pad_edge=False)
    for table, name, needed, key in rows:
        place, must = Text(f"[{table}] {name}" if table else name), "yes" if needed else ""
        shown.add_row(place, must, Text(key.form), Text(key.meaning.replace("`", "")))
    stdout.print(shown)
    stdout.print("Needed: it must be there, if its table is.", highlight=False)
