"""Where the sources of BearSSL come from: Debian's source package, or a folder that is named.

They are pinned either way: the archive by its SHA-256, the files that we compile by one digest
over all of them, so that a folder of one's own counts only if it holds the same octets.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path

from filelock import FileLock

from firmware_sim.hw.build.cache import cache_folder, file_digest
from firmware_sim.hw.errors import HardwareError

VARIABLE = "BEARSSL_SRC"
VERSION = "0.6+dfsg.1-3"
ARCHIVE = "bearssl_0.6+dfsg.1.orig.tar.xz"
ARCHIVE_SHA256 = "102a625bd8f6155260867a50c508df8d8c3f796985dd744df1a68e5cd1a79004"
TREE_SHA256 = "b9341bd636d2795592f5391cf2172b2677edd1f07a36748fc96c9676465fe5f4"

LICENCE = "LICENSE.txt"
"""What must go with every copy, a firmware file among them."""

_NO_LISTS = "BearSSL is not in the cache, and apt-get could fetch no list of Debian's sources"
_NETWORK = (
    "connect to the network once, or a mirror of Debian, and build; or set "
    f"{VARIABLE} to its source tree"
)

SOURCES = (
    "aead/gcm.c",
    "codec/ccopy.c",
    "codec/dec32be.c",
    "codec/enc32be.c",
    "ec/ec_p256_m31.c",
    "ec/ec_secp256r1.c",
    "ec/ec_secp384r1.c",
    "ec/ec_secp521r1.c",
    "ec/ecdsa_i31_bits.c",
    "ec/ecdsa_i31_sign_raw.c",
    "ec/ecdsa_i31_vrfy_raw.c",
    "hash/ghash_ctmul32.c",
    "hash/sha1.c",
    "hash/sha2small.c",
    "int/i31_add.c",
    "int/i31_bitlen.c",
    "int/i31_decmod.c",
    "int/i31_decode.c",
    "int/i31_encode.c",
    "int/i31_fmont.c",
    "int/i31_iszero.c",
    "int/i31_modpow.c",
    "int/i31_montmul.c",
    "int/i31_muladd.c",
    "int/i31_ninv31.c",
    "int/i31_rshift.c",
    "int/i31_sub.c",
    "int/i31_tmont.c",
    "int/i32_div32.c",
    "mac/hmac.c",
    "rand/hmac_drbg.c",
    "symcipher/aes_ct.c",
    "symcipher/aes_ct_cbcdec.c",
    "symcipher/aes_ct_ctr.c",
    "symcipher/aes_ct_dec.c",
    "symcipher/aes_ct_enc.c",
)
"""The files that are compiled, below src."""

_APT_SOURCES = Path("/etc/apt")
_APT_SECONDS = 300
_ELSEWHERE = f"set {VARIABLE} to an unpacked tree of BearSSL 0.6"


def bearssl_source() -> Path:
    """The folder of a BearSSL tree (``inc``, ``src``) whose files are the pinned ones.

    Raises:
        HardwareError: there is none and none can be fetched, or it is another version.
    """
    named = os.environ.get(VARIABLE)
    if named:
        return _checked(Path(named).resolve(), f"{VARIABLE} names {named}, which")
    folder = cache_folder()
    tree = folder / f"bearssl-{VERSION}"
    with FileLock(folder / "bearssl.lock"):
        if not tree.is_dir():
            _fetch(tree)
        return _checked(tree, f"{tree}")


def tree_digest(tree: Path) -> str:
    """SHA-256 over name and SHA-256 of all that a build reads, and the licence, by name."""
    files = sorted([LICENCE, *(f"src/{name}" for name in SOURCES), *_headers(tree)])
    lines = "".join(f"{file_digest(tree / name)}  {name}\n" for name in files)
    return hashlib.sha256(lines.encode()).hexdigest()


def _headers(tree: Path) -> Iterable[str]:
    for folder in ("inc", "src"):
        yield from (f"{folder}/{header.name}" for header in (tree / folder).glob("*.h"))


def _checked(tree: Path, what: str) -> Path:
    needed = [*(f"src/{name}" for name in SOURCES), LICENCE]
    missing = [name for name in needed if not (tree / name).is_file()]
    if missing:
        raise HardwareError(f"{what} is no tree of BearSSL: it lacks {missing[0]}", _ELSEWHERE)
    if tree_digest(tree) != TREE_SHA256:
        raise HardwareError(f"{what} holds another BearSSL than version {VERSION}", _ELSEWHERE)
    return tree


def _fetch(tree: Path) -> None:
    with tempfile.TemporaryDirectory(dir=tree.parent) as name:
        folder = Path(name)
        _download(folder)
        archive = folder / ARCHIVE
        if not archive.is_file() or file_digest(archive) != ARCHIVE_SHA256:
            raise HardwareError(f"Debian's {ARCHIVE} is not the pinned one", _ELSEWHERE)
        with tarfile.open(archive) as tar:
            # Python before 3.11.4 has no filter; the octets are the pinned ones, so none is missed.
            tar.extraction_filter = getattr(tarfile, "data_filter", None)
            tar.extractall(folder)  # noqa: S202
        unpacked = next(folder.glob("*/inc")).parent
        shutil.rmtree(tree, ignore_errors=True)
        unpacked.rename(tree)


def _download(folder: Path) -> None:
    """``apt-get source`` with lists of its own: the system's stay as they are, no root needed."""
    if shutil.which("apt-get") is None:
        raise HardwareError("BearSSL is fetched with apt-get, which is not here", _ELSEWHERE)
    options = _apt_options(folder)
    update = _apt(["apt-get", *options, "update"], folder)
    # Another revision of the package has the same archive, and that is what is pinned.
    source = ["apt-get", *options, "source", "--download-only"]
    if _apt([*source, f"bearssl={VERSION}"], folder).returncode:
        done = _apt([*source, "bearssl"], folder)
        if done.returncode:
            if not any((folder / "lists").glob("*Sources*")):
                raise HardwareError(_NO_LISTS, _NETWORK, tuple(update.stderr.splitlines()[:4]))
            raise HardwareError(f"apt-get has no bearssl {VERSION}: {_last_line(done)}", _ELSEWHERE)


def _apt(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """What came of it; an update fails for any one repository, and need not matter."""
    try:
        return subprocess.run(  # noqa: S603 - fixed words and folders of our own
            command, cwd=folder, capture_output=True, text=True, timeout=_APT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise HardwareError(f"apt-get took more than {_APT_SECONDS} s", _ELSEWHERE) from None


def _last_line(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line for line in done.stderr.splitlines() if line.startswith("E:")]
    return lines[-1].removeprefix("E:").strip() if lines else f"exit code {done.returncode}"


def _apt_options(folder: Path) -> list[str]:
    parts = folder / "parts"
    for name in ("parts", "lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True)
    for source in [_APT_SOURCES / "sources.list", *(_APT_SOURCES / "sources.list.d").glob("*")]:
        if source.suffix in {".list", ".sources"} and source.is_file():
            text = source.read_text(encoding="utf-8", errors="replace")
            (parts / source.name).write_text(_of_sources(text, source.suffix), encoding="utf-8")
    settings = {
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": parts,
        "Dir::State::lists": folder / "lists",
        "Dir::Cache": folder / "cache",
        "APT::Sandbox::User": "",
    }
    return [part for key, value in settings.items() for part in ("-o", f"{key}={value}")]


def _of_sources(text: str, suffix: str) -> str:
    """The same repositories, asked for their source packages."""
    if suffix == ".sources":
        return re.sub(r"^Types:.*$", "Types: deb-src", text, flags=re.MULTILINE)
    lines = (line for line in text.splitlines() if line.startswith("deb "))
    return "".join(f"deb-src {line.removeprefix('deb ')}\n" for line in lines)
