"""Usage: python -m scripts.parts REQUIREMENTS SBOM CYCLONEDX-PY

The list of parts of a release (CycloneDX, JSON): every Python package that the wheel runs with, by
version and digest, and the C libraries that are compiled into the firmware and the native engine.
The first come from the lock; the second no Python tool can see, so they are named here.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from firmware_sim.hw.build.bearssl import VERSION as BEARSSL

_SPECIFICATION = "1.6"


def main() -> None:
    """Write the list to the file SBOM."""
    requirements, made, program = sys.argv[1:]
    command = [program, "requirements", requirements, "--pyproject=pyproject.toml"]
    command += [f"--spec-version={_SPECIFICATION}", "--short-PURLs", "--output-reproducible"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    document = json.loads(done.stdout)
    document["components"] += [
        _compiled_in("bearssl", BEARSSL, "MIT", "the firmware of every board"),
        _compiled_in("openssl", _debian("libssl-dev"), "Apache-2.0", "the native engine"),
        _compiled_in("zlib", _debian("zlib1g-dev"), "Zlib", "the native engine"),
    ]
    document["components"].sort(key=lambda each: each["bom-ref"])
    Path(made).write_text(json.dumps(document, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _compiled_in(name: str, version: str, licence: str, where: str) -> dict[str, Any]:
    return {
        "type": "library",
        "bom-ref": f"compiled-{name}",
        "name": name,
        "version": version,
        "description": f"compiled into {where}",
        "licenses": [{"license": {"id": licence}}],
        "purl": f"pkg:deb/debian/{name}@{version}",
    }


def _debian(package: str) -> str:
    """The version of an installed Debian package."""
    command = ["dpkg-query", "--show", "--showformat=${Version}", package]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    return done.stdout


if __name__ == "__main__":
    main()
