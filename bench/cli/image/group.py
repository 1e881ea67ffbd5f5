"""``firmware-sim image``: the verbs of the group."""

import typer

from firmware_sim.bench.cli.image.check import corrupt, diff, show_map, verify
from firmware_sim.bench.cli.image.show import show

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Look into flash images."""


app.command()(show)
app.command(epilog="Exit code 1: they differ.")(diff)
app.command(epilog="Exit code 1: a device refuses to start from it.")(verify)
app.command("map")(show_map)
app.command(epilog="Example: firmware-sim image corrupt meter.bin --what 'cell supplier.DS'")(
    corrupt
)
