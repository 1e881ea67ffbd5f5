"""``firmware-sim audit``: what the devices of an estate hold, compared with its inventory."""

import typer

from firmware_sim.bench.cli.audit import compare, run

app = typer.Typer(no_args_is_help=True)
app.command(epilog=run.EPILOG)(run.run)
app.command(epilog=compare.EPILOG)(compare.compare)


@app.callback()
def _group() -> None:
    """Ask every device which certificates it holds, and compare with an inventory."""
