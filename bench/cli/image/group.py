"""``firmware-sim image``: the verbs of the group."""

import typer

from firmware_sim.bench.cli.image.check import corrupt, diff, show_map, verify
from firmware_sim.bench.cli.image.save import save
from firmware_sim.bench.cli.image.show import show

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Look into flash images."""


app.command(epilog="Example: firmware-sim image show runs/1/images/00db1234567890a0.bin")(show)
app.command(
    epilog="Example: firmware-sim image diff before.bin after.bin; firmware-sim image diff "
    "before.bin serial:/dev/ttyACM0. Exit codes: 0 they mean the same, 1 they differ, 4 one of "
    "them does not open."
)(diff)
app.command(
    epilog="Example: firmware-sim image verify meter.bin --json. Exit code 1: a device "
    "refuses to start from it."
)(verify)
app.command(
    epilog="Example: firmware-sim image save meter.bin before.bin; firmware-sim image save "
    "serial:/dev/ttyACM0 before.bin. Exit code 4: FILE is there already."
)(save)
app.command("map", epilog="Example: firmware-sim image map meter.bin --svg meter.svg")(show_map)
app.command(epilog="Example: firmware-sim image corrupt meter.bin --what 'cell supplier.DS'")(
    corrupt
)
