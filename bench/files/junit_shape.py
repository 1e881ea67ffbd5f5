"""JUnit documents in the shape that CI servers accept, and not only parse.

There is no standard. Jenkins' schema (junit-10.xsd of its xUnit plugin) is the strictest that is
published; GitLab reads a part of what it allows.
"""

from junitparser import JUnitXml

_MILLISECONDS = 3


def fit_for_servers(document: JUnitXml) -> None:
    """Leave nothing in a document that Jenkins' schema refuses.

    Times of suites have three decimals, and the root has no count of skipped cases: each suite has
    its own.
    """
    root = document._elem
    root.attrib.pop("skipped", None)
    for suite in (root, *root.iter("testsuite")):
        if (time := suite.get("time")) is not None:
            suite.set("time", f"{float(time):.{_MILLISECONDS}f}")
