"""``firmware-sim device enter``: type a UTRN in at a meter, whose flash is in a file."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from firmware_sim.bench.cli.output import print_json, stdout
from firmware_sim.bench.cli.policy import PolicyFile, load_policy
from firmware_sim.bench.dut.clock import RunningClock
from firmware_sim.bench.dut.simulated.image_file import ImageFile
from firmware_sim.bench.dut.simulated.surroundings import Surroundings
from firmware_sim.bench.files.foreign_text import in_one_line
from firmware_sim.bench.outcome import ExitCode

app = typer.Typer()


@app.command(
    epilog="Example: firmware-sim device enter 73950067887105178605 --image gsme.bin. Exit codes: "
    "0 credited; 1 refused, and the balance is as it was; 3 the image is in use; 4 usage."
)
def enter(
    utrn: Annotated[str, typer.Argument(help="What the customer types: twenty digits.")],
    image: Annotated[Path, typer.Option(help="Flash image of a meter. Locked meanwhile.")],
    policy: PolicyFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON alone on standard output.")] = False,
) -> None:
    """Type a UTRN in at a meter that is off otherwise; it is credited, or refused with a reason."""
    surroundings = Surroundings(RunningClock(), load_policy(policy))
    with ImageFile.attach(image) as file:
        device = surroundings.powered(file.flash)
        effects = device.enter(utrn)
        balance = device.machine.state.meter.balance
    refusal = effects.refusal
    if as_json:
        print_json(
            {
                "credited": refusal is None,
                "refused": None if refusal is None else refusal.reason.label,
                "why": None if refusal is None else refusal.text,
                "balance": balance,
                "alerts": [octets.hex() for octets in effects.messages],
            }
        )
    elif refusal is None:
        stdout.print(Text(f"Credited. Balance: {pounds(balance)}."))
    else:
        text = f"Refused, {refusal.reason.label}: {in_one_line(refusal.text)}."
        stdout.print(Text(f"{text} Balance: {pounds(balance)}."), soft_wrap=True)
    raise typer.Exit(ExitCode.PASSED if refusal is None else ExitCode.DEVICE_FAILED)


def pounds(thousandths: int) -> str:
    """Thousandths of a penny as pounds, e.g. ``£12.50``, and what is left of a penny behind it."""
    sign, rest = "-" if thousandths < 0 else "", abs(thousandths)
    text = f"{sign}£{rest // 100_000}.{rest // 1000 % 100:02d}"
    return text + (f"{rest % 1000:03d}" if rest % 1000 else "")
