"""``firmware-sim engine``: the board's firmware as a library of this computer."""

from pathlib import Path
from typing import Annotated

import typer

from firmware_sim.bench.cli.output import human, print_json, stderr, styled, tell_replaced
from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.hw.build.cache import file_digest
from firmware_sim.hw.build.engine import build_engine, sources_digest
from firmware_sim.hw.engine.finding import engine_file, where_from, why_not_used
from firmware_sim.hw.engine.hosting import EngineProcess

app = typer.Typer(no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]


@app.callback()
def _group() -> None:
    """The native engine: see which there is, and build it."""


@app.command(epilog="Example: firmware-sim engine info --json")
def info(as_json: AsJson = False) -> None:
    """Say which engine --target native uses, what it was made from, and on what it runs.

    Exit code 3: there is none, or it is not this package's; the line says what to do.
    """
    with board_trouble_as_bench_error():
        path = engine_file()
    _tell(path, as_json=as_json)


@app.command(epilog="Example: firmware-sim engine build --out engine.so")
def build(
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Put a copy of it there.")
    ] = None,
    compiler: Annotated[
        str | None, typer.Option(metavar="gcc|clang", help="Default: the first that is there.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Build the engine from the firmware's sources; needs a C compiler, libcrypto and zlib.

    A wheel that brings an engine is not changed: --target native uses that one, and this says so.
    """
    with board_trouble_as_bench_error():
        path = build_engine(compiler=compiler)
    if out is not None:
        tell_replaced(out)
        out.write_bytes(path.read_bytes())
    _tell(path, as_json=as_json)


def _tell(path: Path, *, as_json: bool) -> None:
    with board_trouble_as_bench_error(), EngineProcess(path) as engine:
        found = engine.info()
    facts = {
        "file": str(path),
        "sha256": file_digest(path),
        "from": where_from(path),
        "version": found.version,
        "cryptography": found.cryptography,
        "sources": found.sources,
        "sources_are_the_firmwares": found.sources == sources_digest(),
        "used_by_target_native": not (why_not := why_not_used(path)),
    }
    if why_not:
        line = styled("[bold]This engine is not used:[/] {why}", why=why_not)
        stderr.print(line, highlight=False, soft_wrap=True)
    if as_json:
        print_json(facts)
        return
    console = human(json_wanted=False)
    for name, text in facts.items():
        line = styled("[bold]{name}[/]  {text}", name=f"{name.replace('_', ' '):26}", text=text)
        console.print(line, highlight=False, soft_wrap=True)
