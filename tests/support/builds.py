"""What a build did, and what an image contains."""

from __future__ import annotations

import json
import re
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from support.projects import Project
from support.users import Result


def build(project: Project, *arguments: str, **env: str) -> Result:
    """`build.sh` with Docker's plain progress; AssertionError if it fails."""
    return project.succeed("build", *arguments, "--", "--progress", "plain", env=env)


def layers(project: Project) -> list[str]:
    """The IDs of the image's layers, those of the base image first."""
    return project.image.attrs["RootFS"]["Layers"]


def layers_after(project: Project, words: str) -> int:
    """How many layers the Dockerfile adds after its last occurrence of `words`."""
    _, found, rest = (project.requirements / "Dockerfile").read_text().rpartition(words)
    assert found
    return len(re.findall(r"^(RUN|COPY|ADD|WORKDIR) ", rest, re.MULTILINE))


def cached(result: Result, words: str) -> list[bool]:
    """For each build step that contains `words`: whether Docker took it from its cache."""
    numbers = re.findall(rf"^#(\d+) \[.*{re.escape(words)}", result.stderr, re.MULTILINE)
    assert numbers, f"no step contains {words!r}:\n{result.stderr}"
    return [f"\n#{number} CACHED" in result.stderr for number in dict.fromkeys(numbers)]


def added_layers(project: Project) -> Iterator[tarfile.TarFile]:
    """The layers that the Dockerfile adds to its base image."""
    number = len(project.engine.images.get(project.base_image).attrs["RootFS"]["Layers"])
    with tempfile.TemporaryFile() as file:
        file.writelines(project.image.save())
        file.seek(0)
        with tarfile.open(fileobj=file) as image:
            manifest = image.extractfile("manifest.json")
            assert manifest
            for name in json.load(manifest)[0]["Layers"][number:]:
                with tarfile.open(fileobj=image.extractfile(name)) as layer:
                    yield layer


def added_files(project: Project) -> set[str]:
    """The paths of all files in the layers that the Dockerfile adds, without the leading slash."""
    return {file.name for layer in added_layers(project) for file in layer if not file.isdir()}


def in_image(project: Project, *command: str, **more: object) -> str:
    """What a command prints in a temporary container of the image, without the project."""
    output = project.engine.containers.run(project.image.id, list(command), remove=True, **more)
    return output.decode().strip()


def installed(project: Project) -> dict[str, str]:
    """Normalized name and version of every package in the image, except pip, which the base image has."""
    code = "import importlib.metadata as m, json; print(json.dumps({d.name: d.version for d in m.distributions()}))"
    packages: dict[str, str] = json.loads(in_image(project, "python", "-c", code))
    packages.pop("pip", None)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in packages.items()}


def locked_packages(project: Project) -> dict[str, str]:
    """Normalized name and version of every package in requirements.lock."""
    return dict(re.findall(r"^([\w.-]+)==([^ ]+)", project.lock, re.MULTILINE))


def make_wheel(folder: Path, name: str, version: str = "1.0") -> Path:
    """Write the smallest wheel that installs a module `name`."""
    folder.mkdir(parents=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}.py", "answer = 42\n")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        records = [f"{name}.py", f"{info}/METADATA", f"{info}/WHEEL", f"{info}/RECORD"]
        archive.writestr(f"{info}/RECORD", "".join(f"{record},,\n" for record in records))
    return path
