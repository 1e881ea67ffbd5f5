"""``firmware-sim bench engine``: the native engine beside the device in Python, and the board."""

from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.table import Table

from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.experiments.benchmarks.board import RATIO_AIM, BoardCosts, measure_board
from firmware_sim.bench.experiments.benchmarks.device import MODES
from firmware_sim.bench.experiments.benchmarks.engine import (
    PROVISIONING_AIMS,
    EngineMeasured,
    measure_engine,
)
from firmware_sim.bench.progress import Progress
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.hw.build.catalogue import board_named
from firmware_sim.hw.build.ready_made import firmware_for
from firmware_sim.hw.engine.finding import engine_file
from firmware_sim.hw.engine.library import engine_at

BOARD = "mps2-an385"


def measured_engine(devices: int, rounds: int, on_round: Callable[[int], None]) -> EngineMeasured:
    """Measure the engine in this process.

    Raises:
        BenchError: there is none.
    """
    with board_trouble_as_bench_error():
        library = engine_at(engine_file())
    return measure_engine(library, devices, rounds, on_round)


def measured_board(progress: Progress) -> BoardCosts | str:
    """What the same commands cost on the board, in instructions; or why that is not known."""
    try:
        with board_trouble_as_bench_error():
            kind = board_named(BOARD)
            return measure_board(kind, firmware_for(kind), progress)
    except BenchError as error:
        return str(error)


def document(measured: EngineMeasured, board: BoardCosts | str) -> dict[str, Any]:
    """As JSON."""
    return {
        "devices": measured.devices,
        "rounds": measured.rounds,
        "cryptography": measured.cryptography,
        "unit": "microseconds of CPU time",
        "raw": measured.raw,
        "provisioning": {
            engine: {"whole": cost, "aim": PROVISIONING_AIMS[engine]}
            for engine, cost in measured.provisioning.items()
        },
        "handling": [
            {
                "engine": row.engine,
                "shared": row.sharing,
                "mode": row.mode.label,
                "whole": row.microseconds,
                "crypto_floor": row.floor,
                "ratio": row.ratio,
                "aim": row.aim,
            }
            for row in measured.rows
        ],
        "board": board
        if isinstance(board, str)
        else {
            "name": BOARD,
            "unit": "instructions",
            "ratio_aim": RATIO_AIM,
            "ratios": {cost.name: cost.ratio for cost in board.costs},
        },
    }


def show(measured: EngineMeasured, board: BoardCosts | str, console: Console) -> None:
    """As tables."""
    console.print(
        f"{measured.devices} meters, {measured.rounds} rounds; microseconds of CPU time, medians; "
        f"the engine runs on {measured.cryptography}",
        highlight=False,
    )
    for mode in MODES:
        console.print(_handling_table(measured, mode))
    console.print(_provisioning_table(measured))
    if isinstance(board, str):
        console.print(f"The board: {board}", highlight=False)
        return
    shown = {mode.label for mode in MODES}
    for cost in board.costs:
        name = cost.name.split("/")[-1]
        if name in shown:
            text = f"{BOARD}, {name}: {cost.ratio:.3f} x its cryptography in instructions"
            console.print(f"{text} (aim {RATIO_AIM})", highlight=False, soft_wrap=True)


def _handling_table(measured: EngineMeasured, mode: ReplacementMode) -> Table:
    table = Table("device", "devices share", title=f"{mode.label}, flash included")
    for heading in ("µs", "cryptography in it", "ratio", "aim"):
        table.add_column(heading, justify="right")
    for row in measured.rows:
        if row.mode is mode:
            table.add_row(
                row.engine,
                row.sharing,
                f"{row.microseconds:.0f}",
                f"{row.floor:.0f}",
                f"{row.ratio:.2f}",
                "" if row.aim is None else f"{row.aim:.2f}",
            )
    return table


def _provisioning_table(measured: EngineMeasured) -> Table:
    table = Table("device", title="Provisioning")
    for heading in ("µs", "aim"):
        table.add_column(heading, justify="right")
    for engine, cost in measured.provisioning.items():
        table.add_row(engine, f"{cost:.0f}", f"{PROVISIONING_AIMS[engine]:.0f}")
    return table
