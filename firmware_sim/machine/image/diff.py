"""What differs between two images, record by record and field by field; never a secret."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from firmware_sim.machine.flash.geometry import Geometry
from firmware_sim.machine.image.areas import contents_of, geometry_of, valid_areas
from firmware_sim.machine.image.describe import live_records
from firmware_sim.machine.image.records import SECRET_KINDS, Record, RecordKey
from firmware_sim.machine.image.regions import name_of
from firmware_sim.machine.refusals import RefusalReason

_SECRET_FIELDS = frozenset(("private_key", "seed"))
_CODES = frozenset(("event_code", "message_code"))
"""Four digits in hexadecimal, as the specifications have them."""
_MOMENTS = frozenset(("time", "first_time", "last_time", "due"))
"""Seconds since 1970-01-01 UTC."""
_ABSENT = ""


class ImageDifference(NamedTuple):
    """One field of one record; a text is empty where there is no such record."""

    record: str
    field: str
    before: str
    after: str


def diff_images(
    before: bytes, after: bytes, geometry: Geometry | None = None
) -> tuple[ImageDifference, ...]:
    """The differences in what two images mean, in order of records.

    Where the records stand does not matter: an image and its compaction do not differ.

    Raises:
        ImageError: one of them does not open.
    """
    old, new = _records(before, geometry), _records(after, geometry)
    return tuple(
        difference
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key)
        for difference in record_differences(old.get(key), new.get(key))
    )


def _records(image: bytes, geometry: Geometry | None) -> dict[RecordKey, Record]:
    geometry = geometry or geometry_of(image)
    valid = valid_areas(geometry, contents_of(image, geometry))[0]
    return {record.key: record for record in live_records(valid)}


def record_differences(old: Record | None, new: Record | None) -> Iterator[ImageDifference]:
    """The fields in which two records of one key differ; None is no such record."""
    present = new if old is None else old
    if present is None:
        return
    name = name_of(present)
    for field in present._fields:
        before, after = getattr(old, field, None), getattr(new, field, None)
        if before == after:
            continue
        if present.key.kind in SECRET_KINDS and field in _SECRET_FIELDS:
            changed = "another secret" if old is not None and new is not None else "a secret"
            yield ImageDifference(name, field, _ABSENT, changed)
        else:
            yield ImageDifference(name, field, _text(before, field), _text(after, field))


def _text(value: object, field: str = "") -> str:
    if value is None:
        return _ABSENT
    if field in _CODES and isinstance(value, int):
        return f"{value:04X}"
    if field in _MOMENTS and isinstance(value, int):
        return _moment(value)
    if field == "reason" and isinstance(value, int):
        return _reason(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        parts = value._asdict().items()
        return ", ".join(f"{name} {_text(part, name)}" for name, part in parts)
    return str(getattr(value, "label", value))


def _moment(seconds: int) -> str:
    """As a date and time of UTC; in seconds, if no calendar has it."""
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"
    except (OverflowError, ValueError, OSError):
        return str(seconds)


def _reason(number: int) -> str:
    try:
        return RefusalReason(number).label
    except ValueError:
        return str(number)
