"""Checks on the length of what goes into a field: `struct` would cut or pad in silence."""


def sized(octets: bytes, length: int, what: str) -> bytes:
    """`octets`, which must be `length` long, else `ValueError` names `what`."""
    if len(octets) != length:
        raise ValueError(f"{what} has {length} octets, not {len(octets)}")
    return octets


def bounded(octets: bytes, most: int, what: str, least: int = 0) -> int:
    """The length of `octets`, which must lie in `least` to `most`, else `ValueError`."""
    if not least <= len(octets) <= most:
        raise ValueError(f"{what} has {least} to {most} octets, not {len(octets)}")
    return len(octets)
