"""``firmware-sim board provision``: credentials onto a board that has none."""

from pathlib import Path
from typing import Annotated

import typer

from firmware_sim.bench.cli.board.options import Baud, Json, Port, opened
from firmware_sim.bench.cli.board.view import boot_document, boot_table
from firmware_sim.bench.cli.choices import DEVICE_TYPES_HELP, parse_device_type, parse_entity
from firmware_sim.bench.cli.output import print_json, stdout
from firmware_sim.bench.dut.board.names import BAUD
from firmware_sim.bench.dut.board.provisioning import write_credentials
from firmware_sim.bench.dut.simulated.single_device import DeviceRequest
from firmware_sim.bench.errors import UsageError
from firmware_sim.devices.links.board_protocol import StoreResult

app = typer.Typer()


@app.command(
    epilog="Example: firmware-sim pki new my-pki; firmware-sim board provision --port "
    "/dev/ttyACM0 --pki my-pki --type esme"
)
def provision(
    pki: Annotated[Path, typer.Option(help="Folder of a drill PKI.")],
    port: Port = None,
    baud: Baud = BAUD,
    device_type: Annotated[str, typer.Option("--type", help=DEVICE_TYPES_HELP)] = "esme",
    entity: Annotated[
        str | None, typer.Option(help="Entity Identifier, 16 hex digits; default by type.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a board a device of a drill PKI; it must be erased."""
    request = DeviceRequest(
        parse_device_type(device_type), None if entity is None else parse_entity(entity), pki=pki
    )
    with opened(port, baud) as board:
        boot = board.boot
        if boot.store is not StoreResult.NO_AREA:
            raise UsageError(
                f"the board at {board.port.name} holds {boot.entity or 'an image'}",
                "firmware-sim board erase first",
            )
        write_credentials(board, request)
        boot = board.boot
    if as_json:
        print_json(boot_document(boot))
    else:
        stdout.print(boot_table(boot, None), highlight=False)
