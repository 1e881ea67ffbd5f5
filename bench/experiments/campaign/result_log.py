"""The results of a campaign in a file, so that an interrupted one goes on where it stopped.

One JSON document a line (UTF-8). The first names the campaign; each other is a trial and its
result. A line is written when its trial has ended, so that only the last can be incomplete.
"""

import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.files.whole_files import named_in_errors, read_bounded

Result = TypeVar("Result")

MAX_LOG_OCTETS: Final = 2**26
"""Some ten times what the largest sweep writes."""

_SHOWN_CHARACTERS: Final = 200


class ResultLog(Generic[Result]):
    """The trials of one campaign that have ended.

    Args:
        path: is made if it is not there.
        campaign: what decides the results: the same words mean that they may be taken over. The
            version of this program is added.
        form: how a result is written as JSON and read back.

    Attributes:
        results: by the name of the trial.

    Raises:
        UsageError: the file is no result log, that of another campaign, or over 64 MiB.
    """

    def __init__(
        self, path: Path, campaign: Mapping[str, object], form: TypeAdapter[Result]
    ) -> None:
        self._path = path
        self._form = form
        self.results: dict[str, Result] = {}
        head = {**campaign, "version": version("firmware-sim")}
        if path.exists() and not path.is_file():
            raise UsageError(f"{path} is not a regular file", "name a file that is not there yet")
        if path.exists() and path.stat().st_size:
            self._read(head)
        else:
            self._write({"campaign": head})

    def add(self, trial: str, result: Result) -> None:
        """Keep a result."""
        self.results[trial] = result
        self._write({"trial": trial, "result": self._form.dump_python(result, mode="json")})

    def _write(self, document: Mapping[str, object]) -> None:
        with named_in_errors(self._path), self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(document, ensure_ascii=False) + "\n")

    def _read(self, head: Mapping[str, object]) -> None:
        octets = read_bounded(self._path, MAX_LOG_OCTETS, "result log")
        whole = octets[: octets.rfind(b"\n") + 1]
        try:
            first, *others = (json.loads(line) for line in whole.splitlines())
            campaign: object = first["campaign"]
            results = {each["trial"]: self._result(each["result"]) for each in others}
        except (ValueError, KeyError, TypeError, RecursionError):
            raise UsageError(
                f"{self._path} is no result log", "name a file that is not there yet"
            ) from None
        if campaign != head:
            raise UsageError(
                f"{self._path} is the result log of another campaign: {_apart(campaign, head)}",
                "give the same options as then, or another file",
            )
        self.results = results
        if len(whole) < len(octets):
            with named_in_errors(self._path):
                self._path.write_bytes(whole)

    def _result(self, document: Any) -> Result:
        try:
            return self._form.validate_python(document)
        except ValidationError as error:
            raise ValueError(str(error)) from None


def _apart(found: object, due: Mapping[str, object]) -> str:
    """What another campaign has otherwise."""
    if not isinstance(found, dict):
        return "it has no options"
    names = sorted(name for name in due.keys() | found.keys() if found.get(name) != due.get(name))
    return ", ".join(f"{name} {found.get(name)!r}" for name in names)[:_SHOWN_CHARACTERS]
