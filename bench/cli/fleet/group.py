"""The verbs of ``firmware-sim fleet``."""

import typer

from firmware_sim.bench.cli.fleet import listing, plan, run, show

app = typer.Typer(no_args_is_help=True)
run.register(app)
show.register(app)
listing.register(app)
plan.register(app)
