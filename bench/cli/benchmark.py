"""``firmware-sim bench``: what things cost, as a multiple of the cryptography in them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from firmware_sim.bench.cli import (
    benchmark_as_fleet,
    benchmark_drill,
    benchmark_engine,
    benchmark_fleet,
    benchmark_live,
    benchmark_mqtt,
)
from firmware_sim.bench.cli.live import shown
from firmware_sim.bench.cli.message.view import safe_fields
from firmware_sim.bench.cli.output import human, print_json
from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.benchmarks.board import (
    RATIO_AIM,
    BoardCosts,
    documents,
    measure_board,
)
from firmware_sim.bench.experiments.benchmarks.device import Measured, measure_device
from firmware_sim.bench.experiments.benchmarks.drill import measure_drill
from firmware_sim.bench.experiments.conformance.codec_benchmark import (
    CodecResult,
    measure_codec,
    read_subjects,
)
from firmware_sim.bench.experiments.conformance.reference import locate
from firmware_sim.bench.experiments.twin.benchmark import measure_twins
from firmware_sim.hw.build.catalogue import board_named
from firmware_sim.hw.build.ready_made import firmware_for

app = typer.Typer(no_args_is_help=True)
app.add_typer(benchmark_mqtt.app)
benchmark_fleet.register(app)
benchmark_live.register(app)


@app.command(epilog="Example: firmware-sim bench device --json")
def device(
    devices: Annotated[
        int, typer.Option(min=1, max=5000, help="Distinct meters, each with its own command.")
    ] = 100,
    rounds: Annotated[int, typer.Option(min=1, max=1000, help="Rounds; the medians count.")] = 9,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """Measure a device's handling of a mode 8 and a mode 9 command against raw cryptography.

    Each device has just powered on, and signs with its private key for the first time. A ratio
    compares that with the same signatures made with a key that was used before.
    """
    with _rounds(rounds) as on_round:
        measured = measure_device(devices, rounds, on_round=on_round)
    if as_json:
        print_json(_document(measured))
    else:
        _show(measured)


@app.command(epilog="Example: firmware-sim bench codec DIR --json")
def codec(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            envvar="GBCS_RTDS",
            help="The reference set, or its folder of messages.",
            show_default=False,
        ),
    ],
    rounds: Annotated[int, typer.Option(min=1, max=1000, help="Rounds; the medians count.")] = 9,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """Measure how many reference messages a second are parsed, verified and taken apart."""
    subjects = read_subjects(locate(folder))
    with _rounds(rounds) as on_round:
        result = measure_codec(subjects, rounds, safe_fields, on_round=on_round)
    if as_json:
        print_json(_codec_document(result))
    else:
        _show_codec(result)


@app.command(epilog="Example: firmware-sim bench engine --json")
def engine(
    devices: Annotated[
        int, typer.Option(min=1, max=5000, help="Distinct meters, each with its own command.")
    ] = 100,
    rounds: Annotated[int, typer.Option(min=1, max=1000, help="Rounds; the medians count.")] = 9,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """Measure the native engine, the device in Python and the board on the same commands."""
    with _rounds(rounds) as on_round:
        measured = benchmark_engine.measured_engine(devices, rounds, on_round)
    with shown(f"Counting instructions on {benchmark_engine.BOARD}") as progress:
        on_board = benchmark_engine.measured_board(progress)
    if as_json:
        print_json(benchmark_engine.document(measured, on_board))
    else:
        benchmark_engine.show(measured, on_board, human(json_wanted=False))


@app.command(epilog="Example: firmware-sim bench drill --devices 10000 --json")
def drill(
    devices: Annotated[
        int, typer.Option(min=1, max=100_000, help="Devices; as many homes as hold them.")
    ] = 300,
    target: Annotated[str, typer.Option(help="memory | native | fleet")] = "memory",
    story: Annotated[
        str,
        typer.Option(help="A story's name, or a file with one.", show_default="Recovery, Method 3"),
    ] = benchmark_drill.DEFAULT_STORY,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """Measure a whole drill: time, memory and octets a device, beside the cryptography in it.

    The drill is played in a temporary folder, its report is made, and its evidence verified. As a
    fleet, the story is played as firmware-sim fleet run plays it.
    """
    targets = (*benchmark_drill.TARGETS, benchmark_as_fleet.TARGET)
    if target not in targets:
        problem = f"{target} is no target of this benchmark"
        raise UsageError(problem, f"use {', '.join(targets[:-1])} or {targets[-1]}")
    chosen = benchmark_drill.story_named(story)
    if target == benchmark_as_fleet.TARGET:
        _drill_as_fleet(chosen, devices, as_json=as_json)
        return
    with shown("Measuring a drill") as progress:
        measured = measure_drill(*chosen, devices=devices, target=target, progress=progress)
    if as_json:
        print_json(benchmark_drill.document(measured))
    else:
        benchmark_drill.show(measured, human(json_wanted=False))


def _drill_as_fleet(chosen: benchmark_drill.MeasuredStory, devices: int, *, as_json: bool) -> None:
    with shown("Measuring a fleet") as progress:
        cost = benchmark_as_fleet.measure_as_fleet(chosen, devices, progress)
    if as_json:
        print_json(benchmark_as_fleet.document(cost))
    else:
        benchmark_as_fleet.show(cost, human(json_wanted=False))


@app.command(epilog="Example: firmware-sim bench board --json")
def board(
    name: Annotated[str, typer.Argument(metavar="NAME")] = "mps2-an385",
    elf: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Firmware; default: built.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """Count the instructions of CS02b on a board, against its bare cryptography; time twins."""
    with board_trouble_as_bench_error():
        kind = board_named(name)
        file = firmware_for(kind, elf)
    with shown(f"Counting instructions on {name}") as progress:
        costs = measure_board(kind, file, progress)
        twins = measure_twins(name, file, progress)
    if as_json:
        found = {**costs._asdict(), "costs": list(documents(costs)), "ratio_aim": RATIO_AIM}
        print_json({**found, "twins": twins._asdict()})
    else:
        _show_board(costs)
        human(json_wanted=False).print(
            f"twins: {twins.commands} commands in {twins.seconds:.1f} s, "
            f"{twins.differences} differences",
            highlight=False,
        )


def _show_board(costs: BoardCosts) -> None:
    console = human(json_wanted=False)
    table = Table("command", title="Instructions a command")
    for heading in ("whole", "cryptography in it", "ratio"):
        table.add_column(heading, justify="right")
    for cost in costs.costs:
        operations = ", ".join(f"{count} {name}" for name, count in cost.calls.items())
        floor = f"{cost.floor:,}\n{operations}"
        table.add_row(
            cost.name.split("/")[-1], f"{cost.instructions:,}", floor, f"{cost.ratio:.3f}"
        )
    console.print(table)
    console.print(
        f"text {costs.text:,} of {costs.text_budget:,} octets, "
        f"stack {costs.stack:,} of {costs.stack_budget:,}",
        highlight=False,
    )


def _codec_document(result: CodecResult) -> dict[str, object]:
    return {
        "messages": result.messages,
        "signatures": result.signatures,
        "macs": result.macs,
        "rounds": result.rounds,
        "unit": "microseconds of CPU time a message",
        "rates": [
            {
                "what": rate.what,
                "messages": rate.messages,
                "per_second": rate.per_second,
                "whole": rate.microseconds,
                "crypto_floor": rate.floor,
            }
            for rate in result.rates
        ],
    }


def _show_codec(result: CodecResult) -> None:
    console = human(json_wanted=False)
    console.print(
        f"{result.messages} messages, {result.signatures} signatures and {result.macs} MACs "
        f"verified; {result.rounds} rounds, CPU time of one core, medians"
    )
    table = Table("what", title="Messages a second")
    for heading in ("messages", "a second", "µs each", "cryptography alone", "ratio"):
        table.add_column(heading, justify="right")
    for rate in result.rates:
        floor = ("", "")
        if rate.floor is not None:
            floor = (f"{rate.floor:.1f}", f"{rate.microseconds / rate.floor:.2f}")
        table.add_row(
            rate.what,
            str(rate.messages),
            f"{rate.per_second:,.0f}",
            f"{rate.microseconds:.1f}",
            *floor,
        )
    console.print(table)


@contextmanager
def _rounds(rounds: int) -> Iterator[Callable[[int], None]]:
    """What to call at the beginning of each round, with its number from 0."""
    with shown("Measuring") as progress:
        progress.start(rounds, "rounds")
        yield lambda number: progress.advance(step=bool(number))


def _document(measured: Measured) -> dict[str, object]:
    return {
        "devices": measured.devices,
        "rounds": measured.rounds,
        "unit": "microseconds of CPU time",
        "raw": measured.raw,
        "handling": [
            {
                "mode": item.mode.label,
                "shared_cache": item.shared_cache,
                "whole": item.microseconds,
                "crypto_floor": item.floor,
                "ratio": item.ratio,
                "operations": item.operations,
            }
            for item in measured.handlings
        ],
        "lives": measured.lives,
        "parts": measured.parts,
    }


def _show(measured: Measured) -> None:
    console = human(json_wanted=False)
    console.print(
        f"{measured.devices} meters, {measured.rounds} rounds; microseconds of CPU time, medians"
    )
    raw = Table("raw operation", title="What cryptography costs here")
    raw.add_column("µs", justify="right")
    for name, cost in measured.raw.items():
        raw.add_row(name, f"{cost:.1f}")
    whole = Table("mode", "certificates verified before", title="A whole command, flash included")
    for heading in ("µs", "cryptography in it", "ratio"):
        whole.add_column(heading, justify="right")
    for item in measured.handlings:
        operations = ", ".join(f"{count} {name}" for name, count in item.operations.items())
        whole.add_row(
            item.mode.label,
            "shared cache" if item.shared_cache else "none",
            f"{item.microseconds:.0f}",
            f"{item.floor:.0f} ({operations})",
            f"{item.ratio:.2f}",
        )
    lives = Table("of a device", title="Before its first command")
    lives.add_column("µs", justify="right")
    for name, cost in measured.lives.items():
        lives.add_row(name, f"{cost:.0f}")
    parts = Table("part of a mode 8 command", title="Where the rest goes (in a tight loop)")
    parts.add_column("µs", justify="right")
    for name, cost in measured.parts.items():
        parts.add_row(name, f"{cost:.1f}")
    console.print(raw, whole, lives, parts, sep="\n")
