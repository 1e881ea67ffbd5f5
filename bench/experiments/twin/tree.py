"""A DER value as a tree that may be changed and written again with lengths that fit.

Certificates in it may be signed anew afterwards, so that a path to them is looked for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Self

from firmware_sim.gbcs.crypto import CryptoSuite

Change = Callable[[bytes, int], bytes]
"""Octets and their longest new length; what comes back is like them."""

_ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
_CONSTRUCTED = 0x20
_MAX_DEPTH = 12


@dataclass(slots=True)
class Node:
    """One value: its tag octet, and its content or its children."""

    tag: int
    content: bytes = b""
    children: list[Self] = field(default_factory=list)

    def encode(self) -> bytes:
        """Tag, length in its shortest form, content."""
        content = b"".join(child.encode() for child in self.children) or self.content
        if len(content) < 0x80:
            return bytes((self.tag, len(content))) + content
        length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
        return bytes((self.tag, 0x80 + len(length))) + length + content

    def walk(self) -> list["Node"]:
        """This value and everything in it."""
        return [self] + [node for child in self.children for node in child.walk()]


def read_tree(octets: bytes) -> Node | None:
    """The tree of exactly one value; None if the octets are none."""
    nodes = _read_all(octets, 0)
    return nodes[0] if nodes is not None and len(nodes) == 1 else None


def _read_all(octets: bytes, depth: int) -> list[Node] | None:
    nodes, at = [], 0
    while at < len(octets):
        head = _head(octets, at)
        if head is None or depth > _MAX_DEPTH:
            return None
        start, stop = head
        content, tag = octets[start:stop], octets[at]
        inside = _read_all(content, depth + 1) if tag & _CONSTRUCTED else None
        nodes.append(Node(tag, content) if not inside else Node(tag, b"", inside))
        at = stop
    return nodes


def _head(octets: bytes, at: int) -> tuple[int, int] | None:
    """Where the content starts and stops."""
    if len(octets) < at + 2:
        return None
    first, start = octets[at + 1], at + 2
    if first < 0x80:
        stop = start + first
    else:
        start += first - 0x80
        stop = start + int.from_bytes(octets[at + 2 : start], "big")
    return (start, stop) if stop <= len(octets) else None


def change_somewhere(tree: Node, random: Random, change: Change) -> None:
    """Change one value: its tag, its children, their order, or its content."""
    node = _pick(tree, random)
    match random.randrange(6):
        case 0:
            node.tag = random.choice((node.tag ^ 0x20, random.randrange(256)))
        case 1 if node.children:
            node.children.pop(random.randrange(len(node.children)))
        case 2 if node.children:
            node.children.append(random.choice(node.children))
        case 3 if node.children:
            random.shuffle(node.children)
        case 4:
            other = _pick(tree, random)
            if node not in other.walk():
                node.tag, node.content, node.children = other.tag, other.content, []
                node.content = b"".join(child.encode() for child in other.children) or node.content
        case _:
            node.content = change(node.content, 2 * len(node.content) + 8)


def _pick(tree: Node, random: Random) -> Node:
    """Any value; a shallow one as often as one deep in a certificate, of which there are many."""
    node = tree
    while node.children and random.random() < 0.8:
        node = random.choice(node.children)
    return node


def sign_certificates(
    tree: Node, random: Random, keys: Sequence[bytes], suite: CryptoSuite
) -> None:
    """Sign each value that looks like a certificate with one of some issuers' private keys."""
    for node in tree.walk():
        if len(node.children) == 3 and node.children[1].encode() == _ECDSA_SHA256:
            signature = suite.sign(random.choice(keys), node.children[0].encode())
            parts = [_integer(signature[:32]), _integer(signature[32:])]
            node.children[2] = Node(0x03, b"\x00" + Node(0x30, children=parts).encode())


def _integer(octets: bytes) -> Node:
    value = int.from_bytes(octets, "big")
    return Node(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))
