"""The catalogue of incidents, and the stories that rehearse each: some need more than one."""

from typing import Final

CATALOGUE: Final = {
    "D01": ("supplier-soft",),
    "D02": ("network-operator-soft",),
    "D03": ("cos-party-soft",),
    "D04": ("access-control-broker-soft",),
    "D05": ("wan-provider-soft",),
    "D06": ("supplier-compromise-broker",),
    "D07": ("supplier-compromise-recovery",),
    "D08": ("network-operator-compromise-broker", "network-operator-compromise-recovery"),
    "D09": (
        "access-control-broker-compromise-recovery",
        "cos-party-compromise-recovery",
        "wan-provider-compromise-recovery",
    ),
    "D10": ("fleet-of-one-supplier",),
    "D11": ("recovery-key-compromise", "recovery-key-replaces-itself"),
    "D12": ("issuing-oca-compromise",),
    "D13": ("root-roll", "root-roll-by-recovery"),
    "D14": ("root-compromise-contingency",),
    "D15": ("contingency-key-compromise",),
    "D16": ("root-and-recovery-compromise", "root-and-contingency-compromise"),
    "D17": ("type-b-event",),
    "D18": ("non-device-keys",),
    "D19": ("partial-failure",),
    "D20": ("rough-contingency",),
    "D21": ("cos-migration",),
    "D22": ("supplier-failure", "supplier-failure-suspected-key"),
    "D23": ("wrong-network-operator",),
    "D24": ("expiry-in-time", "expiry-too-late"),
    "D25": ("hub-exchange",),
    "D26": ("root-roll-stragglers",),
    "D27": ("other-algorithms",),
}
"""Number of an incident -> names of the stories that come with the project."""


def incident_of(story: str) -> str | None:
    """The number of the incident that a story rehearses; None for a story of none."""
    return next((number for number, names in CATALOGUE.items() if story in names), None)
