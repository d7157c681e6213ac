"""Packages from another index, with a password or a company's certificate, or from a Git repository."""

from __future__ import annotations

import base64
import hashlib
import shutil
import ssl
import subprocess
import tarfile
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from support.builds import make_wheel
from support.projects import Project

pytestmark = pytest.mark.docker

USER, PASSWORD = "reader", "s3cret-and-unique"
# The test's server is on the loopback interface of the host, which a build reaches only in the host's network.
ON_HOST = ("--", "--network", "host")


class ProtectedFiles(SimpleHTTPRequestHandler):
    """Serves a folder to clients with the password, and its folder open/ to everyone."""

    def do_GET(self) -> None:
        expected = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if self.path.startswith("/open/") or self.headers.get("Authorization") == expected:
            super().do_GET()
        else:
            self.send_response(401)
            self.send_header("WWW-Authenticate", "Basic")
            self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def web_server(folder: Path, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A web server on 127.0.0.1 for `folder`, with TLS if a context is given; yields its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(ProtectedFiles, directory=str(folder)))
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


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


def publish(folder: Path) -> tuple[str, str]:
    """Add a package to the index in `folder`; returns its name, which no build cache knows, and its hash."""
    name = f"acme{uuid.uuid4().hex}"
    path = make_wheel(folder / name, name)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    (path.parent / "index.html").write_text(f'<a href="{path.name}#sha256={digest}">{path.name}</a>')
    return name, digest


@pytest.mark.parametrize("variable", ["UV_INDEX", "UV_EXTRA_INDEX_URL", "PIP_EXTRA_INDEX_URL"])
def test_a_further_index_is_used(project: Project, served: tuple[Path, int], variable: str) -> None:
    folder, port = served
    name, _ = publish(folder / "open")
    project.add(name)
    project.succeed("build", *ON_HOST, env={variable: f"http://127.0.0.1:{port}/open"})
    assert f"\n{name}==1.0" in project.lock


def test_the_password_of_an_index_is_stored_nowhere(
    project: Project, served: tuple[Path, int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, port = served
    name, digest = publish(folder / "simple")
    project.add(name)
    secret = f"http://{USER}:{PASSWORD}@127.0.0.1:{port}/simple"

    project.fail("build", *ON_HOST)
    result = project.succeed("build", *ON_HOST, env={"UV_INDEX": secret})

    project.start()
    assert project.exec("python", "-c", f"import {name}; print({name}.answer)") == "42"
    assert f"{name}==1.0 ; sys_platform == 'linux' \\\n    --hash=sha256:{digest}" in project.lock
    assert PASSWORD not in project.lock + result.stdout + result.stderr
    image = project.image
    assert PASSWORD not in str(image.attrs) + str(image.history())
    saved = tmp_path_factory.mktemp("image") / "image.tar"
    with saved.open("wb") as stream:
        stream.writelines(image.save())
    with tarfile.open(saved) as archive:
        for layer in filter(tarfile.TarInfo.isfile, archive):
            content = archive.extractfile(layer)
            assert content and PASSWORD.encode() not in content.read(), layer.name
    saved.unlink()


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

    project.start()
    subjects = "[str(c['subject']) for c in __import__('ssl').create_default_context().get_ca_certs()]"
    assert project.cells(f"import {name}; any('Company of the Test' in s for s in {subjects})") == ["True"]
    bundles = project.exec("bash", "-c", 'cat "$SSL_CERT_FILE" "$REQUESTS_CA_BUNDLE"')
    assert bundles.count(company.read_text().splitlines()[2]) == 2


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
    project.start()
    assert project.exec("python", "-c", "import acmegit; print(acmegit.answer)") == "43"
    assert commit in project.lock


def test_an_index_that_the_list_names_is_used_and_stored_in_the_lock(
    project: Project, served: tuple[Path, int]
) -> None:
    folder, port = served
    name, _ = publish(folder / "open")
    line = f"--extra-index-url http://127.0.0.1:{port}/open"
    project.add(line, name)
    project.succeed("build", *ON_HOST)
    assert project.lock.count(line) == 1
    project.succeed("build", "--frozen", *ON_HOST)
