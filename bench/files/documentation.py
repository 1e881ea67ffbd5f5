"""Pages of the documentation, as errors name them: who installed a wheel has the site, no files."""

from typing import Final

TITLES: Final = {
    "audit": "Audit an estate",
    "boards": "Boards",
    "conformance": "Conformance",
    "drills": "Drills",
    "fleet-plan": "The country, on paper",
    "governance": "The procedure",
    "messages": "Messages",
    "mqtt": "MQTT",
    "population": "Population and inventory",
    "smki": "The simulated SMKI",
    "traceability": "Clauses of Section L",
    "uses": "The keys at work",
}
"""By the name of its file in ``docs/``."""


def page(name: str) -> str:
    """Such as ``the documentation's page "Drills" (docs/drills.md)``."""
    return f'the documentation\'s page "{TITLES[name]}" (docs/{name}.md)'
