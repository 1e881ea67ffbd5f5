"""``firmware-sim image``: the verbs of the group."""

import typer

from firmware_sim.bench.cli.image.check import corrupt, diff, show_map, verify
from firmware_sim.bench.cli.image.show import show

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Look into flash images."""


app.command(epilog="Example: firmware-sim image show runs/1/images/00db1234567890a0.bin")(show)
app.command(
    epilog="Example: firmware-sim image diff before.bin after.bin; firmware-sim image diff "
    "before.bin serial:/dev/ttyACM0. Exit code 1: they differ."
)(diff)
app.command(
    epilog="Example: firmware-sim image verify meter.bin --json. Exit code 1: a device "
    "refuses to start from it."
)(verify)
app.command("map", epilog="Example: firmware-sim image map meter.bin --svg meter.svg")(show_map)
app.command(epilog="Example: firmware-sim image corrupt meter.bin --what 'cell supplier.DS'")(
    corrupt
)
