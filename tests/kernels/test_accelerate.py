"""Compiled kernels are kept under a name that changes with every file they depend on."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from reopen.kernels import accelerate

KERNELS = Path(accelerate.__file__).parent


def imported(path: Path) -> set[str]:
    """Kernel files that a file imports, read from its syntax tree."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("reopen.kernels."):
            found.add(str(node.module).removeprefix("reopen.kernels."))
        if isinstance(node, ast.Import):
            assert not any(alias.name.startswith("reopen.kernels") for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.module != "reopen.kernels"
            assert not node.level
    return found


@pytest.mark.parametrize("path", sorted(KERNELS.glob("*.py")), ids=lambda path: path.stem)
def test_every_import_of_a_kernel_file_counts(path: Path) -> None:
    needed = accelerate._needed(path.stem)
    assert path.stem in needed
    assert imported(path) <= needed
    for other in needed:
        assert imported(KERNELS / f"{other}.py") <= needed


def test_a_changed_file_renames_those_that_import_it_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in {
        "one": "x = 1\n",
        "two": "from reopen.kernels.one import x\n",
        "three": "from reopen.kernels.two import x\n",
        "apart": "y = 1\n",
    }.items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    monkeypatch.setattr(accelerate, "_HERE", tmp_path)

    def names() -> dict[str, str]:
        accelerate._fingerprint.cache_clear()
        return {name: accelerate._fingerprint(name) for name in ("one", "two", "three", "apart")}

    before = names()
    (tmp_path / "one.py").write_text("x = 2\n", encoding="utf-8")
    after = names()
    accelerate._fingerprint.cache_clear()
    assert {name for name in before if before[name] != after[name]} == {"one", "two", "three"}
