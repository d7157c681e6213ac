"""Packages from another index, with a password or a company's certificate, or from a Git repository."""

from __future__ import annotations

import hashlib
import shutil
import ssl
import subprocess
import sys
import tarfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.builds import added_layers, in_image, installed, make_wheel
from support.documents import block
from support.projects import Project
from support.web_server import ON_HOST, PASSWORD, USER, web_server

pytestmark = pytest.mark.docker


@pytest.fixture
def project(project: Project) -> Project:
    """A project without Jupyter, whose layer depends on the indexes."""
    project.replace_jupyter()
    return project


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """A folder that a web server on 127.0.0.1 serves, and the server's port."""
    with web_server(tmp_path) as port:
        yield tmp_path, port


def make_certificate(folder: Path, name: str, *options: str) -> Path:
    """Write `name`.crt and `name`.key, valid for two days; self-signed unless `options` say otherwise."""
    path = folder / f"{name}.crt"
    new = f"-newkey rsa:2048 -nodes -days 2 -keyout '{folder}/{name}.key' -out '{path}' -subj '/CN={name}'"
    command = ["bash", "-c", f'openssl req -x509 {new} "$@"', "-", *options]
    subprocess.run(command, check=True, capture_output=True)
    return path


def publish(folder: Path, name: str = "", version: str = "1.0") -> tuple[str, str]:
    """Add a package to the index in `folder`; returns its name, by default one that no build cache knows, and its hash."""
    name = name or f"acme{uuid.uuid4().hex}"
    path = make_wheel(folder / name, name, version)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    (path.parent / "index.html").write_text(f'<a href="{path.name}#sha256={digest}">{path.name}</a>')
    return name, digest


@pytest.mark.full
@pytest.mark.parametrize("variable", ["PIP_EXTRA_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL"])
def test_a_further_index_is_used(project: Project, served: tuple[Path, int], variable: str) -> None:
    folder, port = served
    name, _ = publish(folder / "open")
    project.add(name)
    project.succeed("build", *ON_HOST, env={variable: f"http://127.0.0.1:{port}/open"})
    assert f"\n{name}==1.0" in project.lock


def test_the_password_of_an_index_is_stored_nowhere(project: Project, served: tuple[Path, int]) -> None:
    folder, port = served
    name, digest = publish(folder / "simple")
    project.add(name)
    secret = f"http://{USER}:{PASSWORD}@127.0.0.1:{port}/simple"

    project.fail("build", *ON_HOST)
    result = project.succeed("build", *ON_HOST, env={"UV_INDEX": secret})

    assert in_image(project, "python", "-c", f"import {name}; print({name}.answer)") == "42"
    assert f"{name}==1.0 ; sys_platform == 'linux' \\\n    --hash=sha256:{digest}" in project.lock
    assert PASSWORD not in project.lock + result.stdout + result.stderr
    image = project.image
    assert PASSWORD not in str(image.attrs) + str(image.history())
    for layer in added_layers(project):
        for file in filter(tarfile.TarInfo.isfile, layer):
            content = layer.extractfile(file)
            assert content and PASSWORD.encode() not in content.read(), file.name


@pytest.mark.full
def test_a_certificate_in_certs_is_trusted(project: Project, tmp_path: Path) -> None:
    company = make_certificate(tmp_path, "Company of the Test")
    sign = ["-CA", str(company), "-CAkey", str(company.with_suffix(".key"))]
    leaf = ["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"]
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served = make_certificate(tmp_path, "index", *sign, *leaf)
    tls.load_cert_chain(served, served.with_suffix(".key"))
    name, _ = publish(tmp_path / "open")
    project.add(name)
    with web_server(tmp_path, tls) as port:
        index = {"UV_INDEX": f"https://127.0.0.1:{port}/open"}
        result = project.fail("build", *ON_HOST, env=index)
        assert "certificate" in result.stderr

        certificates = project.requirements / "certs"
        certificates.mkdir()
        shutil.copy(company, certificates / "company.crt")
        # What this machine trusts, because the public index may need it here.
        shutil.copy("/etc/ssl/certs/ca-certificates.crt", certificates / "machine.crt")
        project.succeed("build", *ON_HOST, env=index)

    code = f"import ssl, {name}; print(*ssl.create_default_context().get_ca_certs())"
    assert "Company of the Test" in in_image(project, "python", "-c", code)
    bundles = in_image(project, "bash", "-c", 'cat "$SSL_CERT_FILE" "$REQUESTS_CA_BUNDLE"')
    assert bundles.count(company.read_text().splitlines()[2]) == 2


@pytest.mark.full
def test_a_package_at_a_git_commit_is_installed(project: Project, served: tuple[Path, int]) -> None:
    folder, port = served
    source = folder / "source"
    source.mkdir()
    (source / "acmegit.py").write_text("answer = 43\n")
    (source / "pyproject.toml").write_text(
        '[project]\nname = "acmegit"\nversion = "1.0"\ndescription = "x"\n'
        '[build-system]\nrequires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n'
        '[tool.flit.module]\nname = "acmegit"\n'
    )

    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
        command = ["git", *identity, "-C", str(source), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "--message", "first")
    commit = git("rev-parse", "HEAD")
    git("clone", "--quiet", "--bare", ".", str(folder / "open" / "acmegit.git"))
    git("--git-dir", str(folder / "open" / "acmegit.git"), "update-server-info")

    project.add(f"acmegit @ git+http://127.0.0.1:{port}/open/acmegit.git@{commit}")
    project.write("requirements/apt-requirements.txt", "git\n")
    project.succeed("build", *ON_HOST)
    assert in_image(project, "python", "-c", "import acmegit; print(acmegit.answer)") == "43"
    assert commit in project.lock


@pytest.mark.full
def test_an_index_that_the_list_names_is_used_and_stored_in_the_lock(
    project: Project, served: tuple[Path, int]
) -> None:
    folder, port = served
    name, _ = publish(folder / "open")
    line = f"--extra-index-url http://127.0.0.1:{port}/open"
    project.add(f"{line}  # ours", name)
    project.succeed("build", *ON_HOST)
    assert project.lock.splitlines().count(line) == 1
    project.succeed("build", "--frozen", *ON_HOST)


@pytest.fixture
def like_pytorch(served: tuple[Path, int]) -> str:
    """An index such as PyTorch's for CPU: builds with a local version, and an old version of a common package."""
    folder, port = served
    publish(folder / "open", "torch", "99.0+cpu")
    publish(folder / "open", "cowsay", "6.0+cpu")
    publish(folder / "open", "six", "1.10.0")
    return f"http://127.0.0.1:{port}/open"


def check_cpu_build(project: Project, package: str, version: str) -> None:
    """The image has the build of the further index and six of PyPI, and the lock file is reproducible."""
    project.succeed("build", *ON_HOST)
    versions = installed(project)
    assert (versions[package], versions["six"]) == (version, "1.17.0")
    project.succeed("build", "--frozen", *ON_HOST)


@pytest.mark.full
def test_pytorch_for_cpu_is_installed_as_documented(project: Project, like_pytorch: str) -> None:
    documented = block("docs/packages.md", "text", "https://download.pytorch.org/whl/cpu")
    text = documented.replace("https://download.pytorch.org/whl/cpu", like_pytorch)
    project.write("requirements.txt", f"{text}six==1.17.0\n")
    project.list_packages("-r ../requirements.txt")
    check_cpu_build(project, "torch", "99.0+cpu")


@pytest.mark.full
@pytest.mark.parametrize("requirement", ["cowsay", "cowsay==6.0", "cowsay==6.0+cpu"])
def test_an_extra_index_takes_precedence_over_pypi(
    project: Project, like_pytorch: str, requirement: str
) -> None:
    """PyPI has cowsay 6.1: its newest version must not replace a company's package of the same name."""
    project.list_packages(f"--extra-index-url {like_pytorch}", requirement, "six==1.17.0")
    check_cpu_build(project, "cowsay", "6.0+cpu")


@pytest.mark.full
def test_the_strategy_of_the_settings_is_used(project: Project, like_pytorch: str) -> None:
    project.write("requirements/local.sh", "export UV_INDEX_STRATEGY=unsafe-best-match\n")
    project.list_packages(f"--extra-index-url {like_pytorch}", "cowsay", "six")
    check_cpu_build(project, "cowsay", "6.1")


@pytest.mark.full
def test_with_first_index_a_version_that_the_extra_index_lacks_is_an_error(
    project: Project, like_pytorch: str
) -> None:
    project.write("requirements/local.sh", "export UV_INDEX_STRATEGY=first-index\n")
    project.list_packages(f"--extra-index-url {like_pytorch}", "six==1.17.0")
    assert "six==1.17.0" in project.fail("build", *ON_HOST).stderr


@pytest.mark.full
def test_the_default_index_of_a_pyproject_toml_replaces_pypi(
    project: Project, served: tuple[Path, int]
) -> None:
    folder, port = served
    publish(folder / "open")
    project.write(
        "pyproject.toml",
        '[project]\nname = "analysis"\nversion = "1"\ndependencies = ["cowsay"]\n'
        f'[[tool.uv.index]]\nurl = "http://127.0.0.1:{port}/open"\ndefault = true\n',
    )
    project.list_packages("-e ..")
    project.write("requirements/image/scripts/jupyter-requirements.txt", "\n")
    assert "cowsay was not found in the package registry" in project.fail("build", *ON_HOST).stderr


@pytest.mark.full
@pytest.mark.parametrize("locked", [False, True])
def test_the_index_of_a_pyproject_toml_is_used(project: Project, like_pytorch: str, locked: bool) -> None:
    project.write(
        "pyproject.toml",
        '[project]\nname = "analysis"\nversion = "1"\nrequires-python = ">=3.11"\n'
        'dependencies = ["cowsay==6.0", "six"]\n'
        '[tool.uv.sources]\ncowsay = { index = "pytorch" }\n'
        f'[[tool.uv.index]]\nname = "pytorch"\nurl = "{like_pytorch}"\nexplicit = true\n',
    )
    if locked:
        uv = Path(sys.executable).with_name("uv")
        subprocess.run([uv, "lock", "--project", project.folder], check=True)
    project.list_packages("-e ..")
    check_cpu_build(project, "cowsay", "6.0+cpu")
