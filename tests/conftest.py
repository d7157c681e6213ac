"""Fixtures for all tests. Whatever a test writes is in a temporary folder of pytest."""

import re
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import jinja2
import pytest
from pytest_cookies.plugin import Cookies
from support.baked import BakedProject, hooks_in_this_process
from support.template import CHOICES, TEMPLATE
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

pytest_plugins = [
    "support.browser_fixtures",
    "support.engine_fixtures",
    "support.processes",
    "support.registry",
]


class FlavorScheduling(LoadFileScheduling):
    """Run all tests of a flavor in one process, so that its project is built once, and all recipes, which share an image.

    Group all other tests by file.

    pytest-xdist's own groups (`xdist_group`) have no effect with pytest 9.2.
    """

    def _split_scope(self, nodeid: str) -> str:
        flavor = re.search(rf"\[({'|'.join(CHOICES['base_image'])})\b", nodeid)
        if flavor:
            return flavor[1]
        return "recipes" if nodeid.startswith("tests/recipes/") else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FlavorScheduling:
    """How pytest-xdist distributes the tests."""
    return FlavorScheduling(config, log)


@pytest.fixture(scope="session", autouse=True)
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder for what cookiecutter would otherwise keep in the home folder and in /tmp."""
    folder = tmp_path_factory.mktemp("scratch")
    config = folder / "cookiecutterrc"
    config.write_text(f"cookiecutters_dir: {folder / 'templates'}\nreplay_dir: {folder / 'replay'}\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COOKIECUTTER_CONFIG", str(config))
        patch.setattr(tempfile, "tempdir", str(folder))
        yield folder


@pytest.fixture(scope="session", autouse=True)
def jinja_cache() -> Iterator[None]:
    """Compile each Jinja template once: compiling all of them takes two thirds of the time of generating a project."""
    compile_template = jinja2.Environment.compile
    compiled: dict[object, object] = {}

    def compile_once(self: jinja2.Environment, source: Any, *more: Any, **options: Any) -> object:
        key = (source, more, tuple(options.items()), self.trim_blocks, self.lstrip_blocks)
        if key not in compiled:
            compiled[key] = compile_template(self, source, *more, **options)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jinja2.Environment, "compile", compile_once)
        yield


@pytest.fixture
def bake(cookies: Cookies) -> Callable[..., BakedProject]:
    """`bake(template=TEMPLATE, **answers)` generates a new project; FailedHookException if the hooks refuse."""
    return partial(baked_by, cookies)


@pytest.fixture(scope="session")
def baked(cookies_session: Cookies) -> Callable[..., BakedProject]:
    """`baked(**answers)`: a project that is generated once in a session, for tests that only read it."""
    projects: dict[str, BakedProject] = {}

    def baked(**answers: str) -> BakedProject:
        key = repr(sorted(answers.items()))
        if key not in projects:
            projects[key] = baked_by(cookies_session, **answers)
        return projects[key]

    return baked


def baked_by(cookies: Cookies, template: Path = TEMPLATE, **answers: str) -> BakedProject:
    """A project that the fixture of pytest-cookies bakes."""
    with hooks_in_this_process():
        result = cookies.bake(template=str(template), extra_context=answers)
    if result.exception:
        raise result.exception
    return BakedProject(result.project_path)
