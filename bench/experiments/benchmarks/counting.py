"""A crypto suite that counts: how much cryptography one command really asks of a device."""

from collections import Counter
from collections.abc import Mapping

from firmware_sim.gbcs.crypto import P256Suite, Signer


class CountingSuite(P256Suite):
    """`P256Suite` that counts its expensive calls by name: sign, verify, agree."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()

    def sign(self, private_key: bytes, data: bytes) -> bytes:
        self.calls["sign"] += 1
        return super().sign(private_key, data)

    def signer(self, private_key: bytes, public_key: bytes) -> Signer:
        sign = super().signer(private_key, public_key)

        def counted(data: bytes) -> bytes:
            self.calls["sign"] += 1
            return sign(data)

        return counted

    def verify(self, public_key: bytes, data: bytes, signature: bytes) -> bool:
        self.calls["verify"] += 1
        return super().verify(public_key, data, signature)

    def agree(self, private_key: bytes, public_key: bytes) -> bytes:
        self.calls["agree"] += 1
        return super().agree(private_key, public_key)


def floor_of(calls: Mapping[str, int], costs: dict[str, float]) -> float:
    """Microseconds of raw cryptography behind some calls; `costs` has one per operation."""
    return sum(count * costs[name] for name, count in calls.items())
