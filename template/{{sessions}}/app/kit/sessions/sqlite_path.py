"""Whether SQLite can keep sessions in a file."""

import os
from pathlib import Path


def problem_with(path: Path) -> str:
    """Return why SQLite cannot keep sessions in this file, and what to do; else ""."""
    user = getattr(os, "getuid", lambda: "of this process")()  # Windows knows no uid
    try:
        # SQLite keeps two more files, beside the file that a link leads to.
        path = path.resolve()
        folder = path.parent
        if not folder.is_dir():
            return f"there is no folder {folder}; make the folder first"
        if path.is_dir():
            example = path / "sessions.db"
            return f"{path} is a folder; name a file in it, such as {example}"
        if not os.access(folder, os.W_OK | os.X_OK):
            return (
                f"the user {user} may not write into the folder {folder}, where SQLite "
                f"keeps {path.name} and files beside it; allow it, or name a file in "
                "another folder"
            )
        names = [path.name, f"{path.name}-wal", f"{path.name}-shm"]
        for file in [folder / name for name in names]:
            if file.exists() and not os.access(file, os.R_OK | os.W_OK):
                return (
                    f"the user {user} may not read and write {file}; allow it, or name "
                    "another"
                )
    # A folder that the user may not enter, or a link that leads to itself.
    except (OSError, RuntimeError) as error:
        return f"the user {user} cannot reach {path}: {error}"
    return ""
