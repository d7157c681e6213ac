"""Packages from elsewhere than the public index: an index with a password or a certificate, a Git repository."""

from __future__ import annotations

import base64
import hashlib
import shutil
import ssl
import subprocess
import tarfile
import threading
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from projects import Project

pytestmark = pytest.mark.docker

USER, PASSWORD = "reader", "s3cret-and-unique"
# The test's server is on the host's loopback, which a build sees in the host's network alone.
ON_HOST = ("--", "--network", "host")


class Guarded(SimpleHTTPRequestHandler):
    """Serves a folder to who knows the password; below /open/ to everyone."""

    def do_GET(self) -> None:
        expected = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if self.path.startswith("/open/") or self.headers.get("Authorization") == expected:
            super().do_GET()
        else:
            self.send_response(401)
            self.send_header("WWW-Authenticate", "Basic")
            self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def web_server(folder: Path, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A web server on 127.0.0.1 that shows `folder`, with TLS if its context is given; yields its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Guarded, directory=str(folder)))
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
    """A folder that a web server on 127.0.0.1 shows, and the server's port."""
    with web_server(tmp_path) as port:
        yield tmp_path, port


def certificate(folder: Path, name: str, *options: str) -> Path:
    """Make a certificate `name`.crt, with its key beside it, valid for two days; self-signed without more options."""
    made = folder / f"{name}.crt"
    new = [
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        f"{folder}/{name}.key",
        "-out",
        str(made),
        "-days",
        "2",
    ]
    command = ["openssl", "req", "-x509", "-subj", f"/CN={name}", *new, *options]
    subprocess.run(command, check=True, capture_output=True)
    return made


def wheel(folder: Path, name: str) -> Path:
    """Make the smallest wheel that installs a module `name`, version 1.0."""
    folder.mkdir(parents=True)
    file = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(f"{name}.py", "answer = 42\n")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(
            f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n"
        )
    return file


def publish(folder: Path) -> tuple[str, str]:
    """Put a package into an index in `folder`; returns its name, new in each run as the build cache would know it, and its hash."""
    name = f"acme{uuid.uuid4().hex}"
    file = wheel(folder / name, name)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    (file.parent / "index.html").write_text(f'<a href="{file.name}#sha256={digest}">{file.name}</a>')
    return name, digest


def lock(project: Project) -> str:
    """The text of the project's lock."""
    return (project.requirements / "requirements.lock").read_text()


def test_index_with_a_password_serves_and_leaves_no_trace(
    project: Project, served: tuple[Path, int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, port = served
    name, digest = publish(folder / "simple")
    project.add(name)
    secret = f"http://{USER}:{PASSWORD}@127.0.0.1:{port}/simple"

    assert project.script("build", *ON_HOST).code != 0
    ran = project.script("build", *ON_HOST, env={"UV_INDEX": secret})
    assert ran.code == 0, ran.err

    project.start()
    assert project.exec("python", "-c", f"import {name}; print({name}.answer)") == "42"
    assert f"{name}==1.0 ; sys_platform == 'linux' \\\n    --hash=sha256:{digest}" in lock(project)
    assert PASSWORD not in lock(project) + ran.out + ran.err
    image = project.images()[0]
    assert PASSWORD not in str(image.attrs) + str(image.history())
    saved = tmp_path_factory.mktemp("image") / "image.tar"
    with saved.open("wb") as stream:
        stream.writelines(image.save())
    with tarfile.open(saved) as archive:
        for layer in filter(tarfile.TarInfo.isfile, archive):
            content = archive.extractfile(layer)
            assert content and PASSWORD.encode() not in content.read(), layer.name


def test_index_with_the_companys_certificate_is_trusted_once_that_is_in_certs(
    project: Project, tmp_path: Path
) -> None:
    company = certificate(tmp_path, "Company of the Test")
    sign = ["-CA", str(company), "-CAkey", str(company.with_suffix(".key"))]
    leaf = ["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"]
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served = certificate(tmp_path, "index", *sign, *leaf)
    tls.load_cert_chain(served, served.with_suffix(".key"))
    name, _ = publish(tmp_path / "open")
    project.add(name)
    with web_server(tmp_path, tls) as port:
        index = {"UV_INDEX": f"https://127.0.0.1:{port}/open"}
        ran = project.script("build", *ON_HOST, env=index)
        assert ran.code == 1
        assert "certificate" in ran.err

        certs = project.requirements / "certs"
        certs.mkdir()
        shutil.copy(company, certs / "company.crt")
        # What this machine trusts goes along, as the list inside is made anew, and the public index may need it.
        shutil.copy("/etc/ssl/certs/ca-certificates.crt", certs / "machine.crt")
        ran = project.script("build", *ON_HOST, env=index)
        assert ran.code == 0, ran.err

    project.start()
    subjects = "[str(c['subject']) for c in __import__('ssl').create_default_context().get_ca_certs()]"
    assert project.cells(f"import {name}; any('Company of the Test' in s for s in {subjects})") == ["True"]
    bundles = project.exec("bash", "-c", 'cat "$SSL_CERT_FILE" "$REQUESTS_CA_BUNDLE"')
    assert bundles.count(company.read_text().splitlines()[2]) == 2


def test_git_package_with_a_full_commit(project: Project, served: tuple[Path, int]) -> None:
    folder, port = served
    source = folder / "source"
    source.mkdir()
    (source / "acmegit.py").write_text("answer = 43\n")
    (source / "pyproject.toml").write_text(
        '[project]\nname = "acmegit"\nversion = "1.0"\ndescription = "x"\n'
        '[build-system]\nrequires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n'
        '[tool.flit.module]\nname = "acmegit"\n'
    )

    def git(*words: str) -> str:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
        command = ["git", *identity, "-C", str(source), *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "--message", "first")
    commit = git("rev-parse", "HEAD")
    git("clone", "--quiet", "--bare", ".", str(folder / "open" / "acmegit.git"))
    git("--git-dir", str(folder / "open" / "acmegit.git"), "update-server-info")

    project.add(f"acmegit @ git+http://127.0.0.1:{port}/open/acmegit.git@{commit}")
    (project.requirements / "apt-requirements.txt").write_text("git\n")
    ran = project.script("build", *ON_HOST)
    assert ran.code == 0, ran.err
    project.start()
    assert project.exec("python", "-c", "import acmegit; print(acmegit.answer)") == "43"
    assert commit in lock(project)
