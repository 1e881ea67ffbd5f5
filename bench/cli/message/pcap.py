"""``firmware-sim message to-pcap``: messages as a capture file for Wireshark."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from firmware_sim.bench.cli.message.file import read_message
from firmware_sim.bench.cli.output import stderr
from firmware_sim.bench.evidence.pcap import Captured, captured, write_pcap

app = typer.Typer()

# A file does not say when its message was sent: one a second keeps their order.
_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)


@app.command(
    "to-pcap",
    epilog="Example: firmware-sim message to-pcap runs/my-run --out run.pcap; then "
    """wireshark -o 'uat:user_dlts:"User 0 (DLT=147)","gbcs_message","0","","0",""' run.pcap""",
)
def to_pcap(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="Hex, base64 or octets, or the folder of a run."),
    ],
    out: Annotated[Path, typer.Option(help="The capture file; replaced if it is there.")],
) -> None:
    """Write messages, in the order given, to a capture file (link type 147, DLT_USER0)."""
    messages = [message for number, name in enumerate(files) for message in _read(name, number)]
    write_pcap(out, messages)
    stderr.print(f"Messages written: {len(messages)}", highlight=False)


def _read(name: str, number: int) -> Iterator[Captured]:
    if Path(name).is_dir():
        yield from captured(Path(name))
    else:
        yield Captured(_FIRST + timedelta(seconds=number), read_message(name)[0])
