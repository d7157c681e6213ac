"""Fixtures for all tests. Nothing that they do leaves a trace outside pytest's own scratch folders."""

import itertools
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jinja2
import pytest
from helpers import COMBINATIONS, TEMPLATE, render, title

__all__ = ["COMBINATIONS", "TEMPLATE"]

# Shared by docker/, hosts/ and browser/: fixtures of one conftest are not seen by another.
pytest_plugins = ["engine_fixtures"]

Bake = Callable[..., Path]
Rendered = Callable[[dict[str, str]], Path]


@pytest.fixture(scope="session", autouse=True)
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder where cookiecutter keeps what it would otherwise leave in the home folder and in /tmp."""
    folder = tmp_path_factory.mktemp("scratch")
    config = folder / "cookiecutterrc"
    config.write_text(f"cookiecutters_dir: {folder / 'templates'}\nreplay_dir: {folder / 'replay'}\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COOKIECUTTER_CONFIG", str(config))
        patch.setattr(tempfile, "tempdir", str(folder))
        yield folder


@pytest.fixture(scope="session", autouse=True)
def templates_compiled_once() -> Iterator[None]:
    """Keep what Jinja compiles: cookiecutter makes a new environment each time, and compiling is most of a render."""
    compile_anew = jinja2.Environment.compile
    kept: dict[object, object] = {}

    def compile_once(self: jinja2.Environment, source: Any, *more: Any, **options: Any) -> object:
        key = (source, more, tuple(options.items()), self.trim_blocks, self.lstrip_blocks)
        if key not in kept:
            kept[key] = compile_anew(self, source, *more, **options)
        return kept[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jinja2.Environment, "compile", compile_once)
        yield


@pytest.fixture
def bake(tmp_path: Path) -> Bake:
    """`bake(**answers)` makes a project in a new scratch folder and returns its path; `hooks=False` is faster."""
    numbers = itertools.count(1)

    def bake(*, hooks: bool = True, **answers: str) -> Path:
        return render(tmp_path / f"bake-{next(numbers)}", hooks=hooks, **answers)

    return bake


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    """`rendered(answers)` is a project rendered without hooks, once for all tests: they only read it."""
    folder = tmp_path_factory.mktemp("rendered")

    def rendered(answers: dict[str, str]) -> Path:
        parent = folder / title(answers)
        return parent / "my-project" if parent.exists() else render(parent, hooks=False, **answers)

    return rendered
