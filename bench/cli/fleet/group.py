"""The verbs of ``firmware-sim fleet``."""

import typer

from firmware_sim.bench.cli.fleet import run

app = typer.Typer(no_args_is_help=True)
run.register(app)
