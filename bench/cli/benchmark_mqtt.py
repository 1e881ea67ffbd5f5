"""``firmware-sim bench mqtt``: commands a second through a real Mosquitto."""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from firmware_sim.bench.cli.live import shown
from firmware_sim.bench.cli.output import human, print_json
from firmware_sim.bench.errors import BenchError

if TYPE_CHECKING:
    from firmware_sim.bench.experiments.benchmarks.mqtt import MqttMeasured

app = typer.Typer()


@app.command(epilog="Example: firmware-sim bench mqtt --json")
def mqtt(
    devices: Annotated[
        int, typer.Option(min=200, max=5000, help="Meters behind the gateway.")
    ] = 1000,
    rounds: Annotated[int, typer.Option(min=1, max=1000, help="Rounds; the medians count.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """Measure answered commands a second: a party, Mosquitto and a gateway, QoS 1.

    First without cryptography, then with a signed command and a verified response for each meter,
    which the native engine runs.
    """
    if find_spec("mqtt5") is None:
        raise BenchError("a gateway needs the package mqtt5", "pip install 'firmware-sim[gateway]'")
    from firmware_sim.bench.experiments.benchmarks.mqtt import measure_mqtt  # noqa: PLC0415

    with shown("Measuring") as progress:
        progress.start(2 * rounds, "rounds")
        measured = measure_mqtt(devices, rounds, lambda number: progress.advance(step=bool(number)))
    if as_json:
        print_json(document(measured))
    else:
        _show(measured)


def document(measured: "MqttMeasured") -> dict[str, Any]:
    """As JSON."""
    from firmware_sim.bench.experiments.benchmarks.mqtt import AIMS  # noqa: PLC0415

    return {
        "devices": measured.devices,
        "rounds": measured.rounds,
        "load": measured.load,
        "unit": "microseconds of CPU time a command",
        "round_trip_alone_microseconds": measured.alone,
        "exchanged": [
            {
                "what": each.name,
                "per_second": each.per_second,
                "aim": AIMS[each.name],
                "per_second_calculated_for_two_cores": each.if_alone,
                "cpu": each.cpu,
                "floor": each.floor,
                "ratio": each.ratio,
            }
            for each in measured.exchanged
        ],
    }


def _show(measured: "MqttMeasured") -> None:
    console = human(json_wanted=False)
    console.print(
        f"{measured.devices:,} meters behind one gateway, {measured.rounds} rounds, medians; "
        f"load of the machine before: {measured.load:.1f}; one command by itself takes "
        f"{measured.alone:,.0f} µs",
        highlight=False,
    )
    table = Table("what", title="Answered commands a second, QoS 1 through Mosquitto")
    for heading in ("a second", "on two quiet cores", "µs of CPU", "floor", "ratio"):
        table.add_column(heading, justify="right")
    for each in measured.exchanged:
        table.add_row(
            each.name,
            f"{each.per_second:,.0f}",
            f"{each.if_alone:,.0f}",
            _parts(each.cpu),
            _parts(each.floor),
            f"{each.ratio:.2f}",
        )
    console.print(table)
    console.print("On two quiet cores: calculated from the CPU time.", highlight=False)


def _parts(costs: dict[str, float]) -> str:
    parts = "\n".join(f"{name} {cost:.0f}" for name, cost in costs.items())
    return f"{sum(costs.values()):.0f}\n{parts}"
