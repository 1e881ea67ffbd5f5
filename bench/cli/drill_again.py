"""The verbs of ``firmware-sim drill`` for a run that was played before."""

import typer

from firmware_sim.bench.cli import drill_compare, drill_replay, drill_resume


def register(app: typer.Typer) -> None:
    """Add them to ``drill``."""
    app.command("resume", epilog=drill_resume.EPILOG)(drill_resume.resume)
    app.command("replay", epilog=drill_replay.EPILOG)(drill_replay.replay)
    app.command("compare", epilog=drill_compare.EPILOG)(drill_compare.compare)
