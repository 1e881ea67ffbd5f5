"""A public class name has one meaning in the whole product."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from tests.ground.tree import ROOT

PRODUCT = ("gbcs", "firmware_sim/machine", "devices", "hw", "bench", "scripts")


def product_sources() -> Iterator[Path]:
    """Every Python file of the product, once: not again through the links in firmware_sim."""
    for folder in PRODUCT:
        yield from sorted(ROOT.joinpath(folder).rglob("*.py"))


def public_classes(text: str) -> Iterator[str]:
    """Names of the classes in a module, also of those inside other classes."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node.name


def repeated(texts: Iterable[tuple[str, str]]) -> Mapping[str, list[str]]:
    """Class names that stand more than once, each with its modules; from (module, text)."""
    modules: dict[str, list[str]] = defaultdict(list)
    for module, text in texts:
        for name in public_classes(text):
            modules[name].append(module)
    return {name: found for name, found in sorted(modules.items()) if len(found) > 1}


def product_texts() -> list[tuple[str, str]]:
    return [
        (source.relative_to(ROOT).as_posix(), source.read_text(encoding="utf-8"))
        for source in product_sources()
    ]


def test_no_public_class_name_stands_twice_in_the_product() -> None:
    texts = product_texts()
    assert len(texts) > 300
    assert repeated(texts) == {}


def test_planted_second_class_of_a_name_is_found_with_both_modules() -> None:
    planted = ("bench/planted.py", "class Outer:\n    class CutPlan:\n        pass\n")
    found = repeated([*product_texts(), planted])
    assert found["CutPlan"] == ["firmware_sim/machine/flash/cut.py", "bench/planted.py"]


def test_private_classes_of_the_same_name_are_left_alone() -> None:
    assert repeated([("one.py", "class _Parts: ..."), ("two.py", "class _Parts: ...")]) == {}
