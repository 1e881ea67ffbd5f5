"""Certificates signed anew after they were changed, so that a path to them is looked for."""

from collections.abc import Sequence
from random import Random

from firmware_sim.bench.experiments.twin.tree import Node
from firmware_sim.gbcs.crypto import CryptoSuite

_ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")


def sign_certificates(
    tree: Node, random: Random, keys: Sequence[bytes], suite: CryptoSuite
) -> None:
    """Sign whatever looks like a certificate with one of some issuers' private keys."""
    for node in tree.walk():
        if len(node.children) == 3 and node.children[1].encode() == _ECDSA_SHA256:
            signature = suite.sign(random.choice(keys), node.children[0].encode())
            parts = [_integer(signature[:32]), _integer(signature[32:])]
            node.children[2] = Node(0x03, b"\x00" + Node(0x30, children=parts).encode())


def _integer(octets: bytes) -> Node:
    value = int.from_bytes(octets, "big")
    return Node(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))
