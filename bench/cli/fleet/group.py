"""The verbs of ``firmware-sim fleet``."""

import typer

from firmware_sim.bench.cli.fleet import plan

app = typer.Typer(no_args_is_help=True)
plan.register(app)


@app.callback()
def _group() -> None:
    """Plan for more devices than a drill plays."""
