"""Suites that count: how much cryptography a command, or a whole drill, really asks for."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from unittest.mock import patch

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


@contextmanager
def counted_everywhere() -> Iterator[Counter[str]]:
    """Calls by name of every `P256Suite` inside: of parties and of devices alike."""
    calls: Counter[str] = Counter()
    true = {name: getattr(P256Suite, name) for name in ("sign", "verify", "agree", "signer")}

    def sign(suite: P256Suite, private_key: bytes, data: bytes) -> bytes:
        calls["sign"] += 1
        signed: bytes = true["sign"](suite, private_key, data)
        return signed

    def verify(suite: P256Suite, public_key: bytes, data: bytes, signature: bytes) -> bool:
        calls["verify"] += 1
        return bool(true["verify"](suite, public_key, data, signature))

    def agree(suite: P256Suite, private_key: bytes, public_key: bytes) -> bytes:
        calls["agree"] += 1
        secret: bytes = true["agree"](suite, private_key, public_key)
        return secret

    def signer(suite: P256Suite, private_key: bytes, public_key: bytes) -> Signer:
        made: Signer = true["signer"](suite, private_key, public_key)

        def counted(data: bytes) -> bytes:
            calls["sign"] += 1
            return made(data)

        return counted

    with patch.multiple(P256Suite, sign=sign, verify=verify, agree=agree, signer=signer):
        yield calls


def floor_of(calls: Mapping[str, float], costs: dict[str, float]) -> float:
    """Microseconds of raw cryptography behind some calls; `costs` has one per operation."""
    return sum(count * costs[name] for name, count in calls.items())
