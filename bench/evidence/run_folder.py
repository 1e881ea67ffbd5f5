"""The folder of one run: who may look into it, and where its ledger lies."""

from pathlib import Path

from firmware_sim.bench.errors import BenchError

LEDGER_NAME = "run.sqlite"


def new_ledger_file(folder: Path) -> Path:
    """Make the folder (mode 0700) and an empty ledger file in it (mode 0600).

    Raises:
        BenchError: the folder holds a run already, or cannot be made.
    """
    path = folder / LEDGER_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        path.touch(mode=0o600, exist_ok=False)
    except FileExistsError as error:
        raise BenchError(f"{folder} already holds a run", "choose another --out") from error
    except OSError as error:
        problem = f"cannot make the run folder {folder}: {error.strerror}"
        raise BenchError(problem, "choose another --out") from error
    return path
