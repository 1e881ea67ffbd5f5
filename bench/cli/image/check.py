"""``firmware-sim image diff | verify | map | corrupt``: check or damage an image."""

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table
from rich.text import Text

from firmware_sim.bench.cli.image.file import ImageName, read_image
from firmware_sim.bench.cli.image.show import WIDE
from firmware_sim.bench.cli.output import print_json, stdout, styled, tell_replaced
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.evidence.flash.layout import FlashLayout, Wear
from firmware_sim.bench.evidence.flash.words import (
    LETTERS,
    OCTETS_A_LETTER,
    layout_sentence,
    letters,
    wear_lines,
)
from firmware_sim.bench.evidence.html import write_svg
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.image.diff import ImageDifference, diff_images
from firmware_sim.machine.image.regions import Region, RegionKind, regions_of
from firmware_sim.machine.image.scan import ImageError
from firmware_sim.machine.image.wear import least_erases
from firmware_sim.machine.state import DeviceState
from firmware_sim.machine.store import Store, StoreError, open_image

Json = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]


def diff(before: ImageName, after: ImageName, as_json: Json = False) -> int:
    """Show what differs between two images, record by record; never a secret."""
    try:
        found = diff_images(read_image(before), read_image(after))
    except ImageError as error:
        raise UsageError(f"one of them does not open: {error}", "see: image verify") from error
    if as_json:
        print_json([each._asdict() for each in found])
    else:
        _print_differences(found)
    return ExitCode.DEVICE_FAILED if found else ExitCode.PASSED


def _print_differences(found: Sequence[ImageDifference]) -> None:
    """A row each; three lines each where a row has no room. No name is cut short."""
    if not found:
        stdout.print("They mean the same.")
    elif stdout.width < WIDE:
        for each in found:
            line = styled("[bold]{record}[/] {field}", record=each.record, field=each.field)
            values = Table.grid("", Column(overflow="fold"), padding=(0, 2))
            values.add_row("  before", Text(each.before))
            values.add_row("  after", Text(each.after))
            stdout.print(line, values, sep="\n", highlight=False)
    else:
        table = Table(box=None, pad_edge=False)
        for column in ("Record", "Field"):
            table.add_column(column, no_wrap=True)
        for column in ("Before", "After"):
            table.add_column(column, overflow="fold")
        for each in found:
            table.add_row(*map(Text, each))
        stdout.print(table)


def verify(file: ImageName, as_json: Json = False) -> int:
    """Say whether a device would start from an image, and what it would mend."""
    octets = read_image(file)
    verdict, reason = "sound", ""
    try:
        geometry, store = open_image(octets)
        DeviceState.load(store)
        flash = NorFlash.load(octets, geometry)
        Store.open(flash)
        if flash.operations:
            verdict = "repaired"
            reason = f"power-on programs {flash.programs} times and erases {flash.erases} blocks"
    except StoreError as error:
        verdict, reason = "refused", error.reason
    if as_json:
        print_json({"verdict": verdict, "reason": reason})
    else:
        line = styled(
            "[bold]{verdict}[/]{reason}", verdict=verdict, reason=f": {reason}" * bool(reason)
        )
        stdout.print(line, highlight=False)
    return ExitCode.DEVICE_FAILED if verdict == "refused" else ExitCode.PASSED


def show_map(
    file: ImageName,
    svg: Annotated[Path | None, typer.Option(help="Write a picture there.")] = None,
    as_json: Json = False,
) -> None:
    """Show what stands where in an image, and the wear that it proves; never a secret."""
    octets = read_image(file)
    found = _regions(file, octets)
    layout, wear = FlashLayout.of(octets), Wear(least_erases(octets), counted=False)
    if svg is not None:
        write_svg(layout, wear, svg, Path(file).name)
    if as_json:
        print_json(_map_document(found, layout, wear))
        return
    for line in letters(layout.pieces, len(octets)):
        stdout.print(line, markup=False, highlight=False, soft_wrap=True)
    for line in (layout_sentence(layout), *wear_lines(layout, wear)):
        stdout.print(line, markup=False, highlight=False, soft_wrap=True)
    legend = ", ".join(f"{letter} {name}" for name, letter in LETTERS.items())
    stdout.print(f"A letter is {OCTETS_A_LETTER} octets.", highlight=False)
    stdout.print(legend, markup=False, highlight=False)


def corrupt(
    file: ImageName,
    out: Annotated[Path, typer.Option(help="Where to write the altered image.")],
    what: Annotated[
        str | None, typer.Option(help="A record as `image map --json` names it.")
    ] = None,
    at: Annotated[int | None, typer.Option(min=0, help="Octet, from 0.")] = None,
    bit: Annotated[int, typer.Option(min=0, max=7, help="Bit of that octet.")] = 0,
) -> None:
    """Flip one bit of an image, to see what a device makes of it."""
    octets = bytearray(read_image(file))
    if (what is None) == (at is None):
        raise UsageError("say which octet", "give --at or --what")
    place = at if at is not None else _middle(_regions(file, bytes(octets)), what or "")
    if place >= len(octets):
        raise UsageError(f"the image has {len(octets)} octets", "give a smaller --at")
    octets[place] ^= 1 << bit
    tell_replaced(out)
    try:
        out.write_bytes(octets)
    except OSError as error:
        raise BenchError(f"cannot write {out}: {error.strerror}") from error
    stdout.print(f"Flipped bit {bit} of octet {place}; see: image verify {out}", highlight=False)


def _middle(found: tuple[Region, ...], what: str) -> int:
    for region in found:
        if region.name == what and region.kind in (RegionKind.RECORD, RegionKind.SUPERBLOCK):
            return region.start + region.octets // 2
    raise UsageError(f"the image has no live {what!r}", "see: image map --json")


def _record(region: Region) -> str | None:
    return None if region.record is None else region.record.name.lower()


def _map_document(found: tuple[Region, ...], layout: FlashLayout, wear: Wear) -> dict[str, object]:
    starts = accumulate(layout.block_sizes, initial=0)
    blocks = zip(starts, layout.block_sizes, wear.erases, strict=False)
    return {
        "generation": layout.generation,
        "active_area": layout.active,
        "blocks": [
            {"start": start, "octets": size, "erased_at_least": erases}
            for start, size, erases in blocks
        ],
        "regions": [
            each._asdict() | {"kind": each.kind.value, "record": _record(each)} for each in found
        ],
    }


def _regions(file: str, octets: bytes) -> tuple[Region, ...]:
    try:
        return regions_of(octets)
    except ImageError as error:
        raise UsageError(f"{file} is no flash image: {error}", "give a device's .bin") from error
