"""How every template of the report is read: jinja2, which escapes, and refuses unknown names."""

from jinja2 import Environment, PackageLoader, StrictUndefined


def environment() -> Environment:
    """The templates of `firmware_sim.bench.evidence`; the caller adds filters."""
    return Environment(
        loader=PackageLoader("firmware_sim.bench.evidence"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
