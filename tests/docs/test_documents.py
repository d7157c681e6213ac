"""The documents agree with the repository: commands, links, tables, and messages."""

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from docs.commands import COMMANDS
from support.documents import DOCUMENTS, anchors, between, commands, links, read, rows
from support.template import CONTEXT, FLAVORS, TEMPLATE

try:
    from recipes.commands import COMMANDS as OTHER_COMMANDS
except ModuleNotFoundError:
    OTHER_COMMANDS = {}

TESTS = TEMPLATE / "tests"
every_document = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: str(path.relative_to(TEMPLATE))
)
Bake = Callable[..., Path]


def test_registry_has_every_command_and_no_other() -> None:
    in_documents = {line for document in DOCUMENTS for line in commands(document.read_text())}
    assert in_documents - set(OTHER_COMMANDS) == set(COMMANDS) - set(OTHER_COMMANDS)


@pytest.mark.parametrize("line", COMMANDS)
def test_command_is_run_by_the_test_that_the_registry_names(line: str) -> None:
    test = COMMANDS[line]
    if test.startswith("not run: "):
        return
    file, name = test.split("::")
    tree = ast.parse((TESTS / "docs" / file).read_text())
    (function,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name]
    strings = [node.value for node in ast.walk(function) if isinstance(node, ast.Constant)]
    names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    for node in tree.body:  # constants of the module that the test uses
        if (
            isinstance(node, ast.Assign)
            and {target.id for target in node.targets if isinstance(target, ast.Name)} & names
        ):
            strings += [part.value for part in ast.walk(node.value) if isinstance(part, ast.Constant)]
    assert line in strings


@every_document
def test_links_lead_to_files_and_headings(document: Path) -> None:
    for target in links(document.read_text()):
        if target.startswith("https://"):
            continue
        file, _, anchor = target.partition("#")
        path = (document.parent / file).resolve() if file else document
        assert path.exists(), target
        if anchor:
            assert anchor in anchors(path.read_text()), target


def test_every_page_is_linked_from_the_readme() -> None:
    pages = {str(path.relative_to(TEMPLATE)) for path in DOCUMENTS} - {"README.md", "RELEASING.md"}
    assert pages <= set(links(read("README.md")))
    assert "RELEASING.md" in links(read("CONTRIBUTING.md"))


def test_readme_has_at_most_150_lines() -> None:
    assert len(read("README.md").splitlines()) <= 150


def test_pictures_are_small() -> None:
    for picture in (TEMPLATE / "docs").glob("*.svg"):
        assert picture.stat().st_size < 200_000, picture


def answers_table() -> str:
    """The answers as `cookiecutter.json` has them."""
    lines = ["| answer | prompt | default | other choices |", "|---|---|---|---|"]
    for name, value in CONTEXT.items():
        if name.startswith("_"):
            continue
        prompt = CONTEXT["__prompts__"][name]
        if isinstance(value, list):
            labels = [f"`{choice}`: {prompt[choice]}" for choice in value]
            labels = [
                f"`{choice}`" if prompt[choice] == choice else label
                for choice, label in zip(value, labels, strict=True)
            ]
            prompt, default, others = prompt["__prompt__"], labels[0], "; ".join(labels[1:])
        else:
            default, others = "from the name" if "{{" in value else f"`{value}`", ""
        lines.append(f"| `{name}` | {prompt} | {default} | {others} |")
    return "\n".join(lines) + "\n"


def flavors_table() -> str:
    """The base images as `cookiecutter.json` has them."""
    lines = ["| `base_image` | image | Python | additional list |", "|---|---|---|---|"]
    for name, flavor in FLAVORS.items():
        lists = ", ".join(f"`{file}`" for file in flavor["extra_files"])
        versions = ", ".join(sorted(flavor["python_versions"]))
        lines.append(f"| `{name}` | `{flavor['image']}` | {versions} | {lists} |")
    return "\n".join(lines) + "\n"


def test_answers_are_those_of_the_template() -> None:
    assert between(read("docs/reference.md"), "answers") == answers_table()


def test_base_images_are_those_of_the_template() -> None:
    assert between(read("docs/reference.md"), "flavors") == flavors_table()


def test_every_test_folder_is_described() -> None:
    described = {row[0].strip("`") for row in rows(read("CONTRIBUTING.md"), "| folder | tests |")}
    folders = {f"tests/{path.parent.name}" for path in TESTS.glob("*/*.py")}
    assert described == folders


def names_in(cells: list[str]) -> set[str]:
    """The file names in code font, without their folders."""
    return {
        Path(name).name for cell in cells for name in re.findall(r"`([^`]+)`", cell) if not name.endswith("/")
    }


def test_every_generated_file_is_described(bake: Bake) -> None:
    text = read("docs/reference.md")
    described = set()
    for row in [*rows(text, "| file | purpose |"), *rows(text, "| file in `requirements/image/` |")]:
        described |= names_in(row if row[0] == "`lib/`" else row[:1])
    project = bake(base_image="miniforge", hooks=False)
    generated = {path.name for path in project.rglob("*") if path.is_file()} | {".cruft.json"}
    assert described == generated


def test_every_variable_is_described(bake: Bake) -> None:
    settings = (bake(hooks=False) / "requirements/settings.sh").read_text()
    described = {row[0].strip("`") for row in rows(read("docs/reference.md"), "| variable | purpose |")}
    assert described == set(re.findall(r"^(\w+)=\$\{", settings, re.MULTILINE))


def test_every_script_is_described_with_its_options(bake: Bake) -> None:
    described = [
        row[0].strip("`").replace("\\|", "|") for row in rows(read("docs/reference.md"), "| call | does |")
    ]
    scripts = (bake(hooks=False) / "requirements").glob("*.sh")
    usages = {
        usage
        for script in scripts
        for usage in re.findall(r"^# Usage: requirements/(.*)", script.read_text(), re.MULTILINE)
    }
    shortened = {re.sub(r"OPTIONS OF DOCKER \w+", "OPTIONS", usage).replace(" | ", "|") for usage in usages}
    assert set(described) == shortened


def script_messages(project: Path) -> dict[str, str]:
    """Every error and warning of the scripts as a regular expression, with the file that has it."""
    found = {}
    for path in sorted((project / "requirements").rglob("*.sh")):
        text = path.read_text()
        for kind, _quote, message in re.findall(r"\b(die|warn) (['\"])(.*?)\2", text):
            found[as_pattern({"die": "error: ", "warn": "warning: "}[kind] + message)] = path.name
        for message in re.findall(r"echo \"(error: [^\"]*)\"", text):
            found[as_pattern(message)] = path.name
    return {pattern: file for pattern, file in found.items() if pattern not in ("error: .+", "warning: .+")}


def as_pattern(message: str) -> str:
    """A message whose expansions match anything."""
    parts = re.split(r"\$\{[^}]*\}|\$\([^)]*\)|\$\w+|\{[^}]*\}", message)
    return ".+".join(re.escape(part) for part in parts)


def hook_messages() -> dict[str, str]:
    """The errors, warnings, and other bad news of the hooks, as `script_messages`."""
    found = {}
    for path in sorted((TEMPLATE / "hooks").glob("*.py")):
        for message in re.findall(
            r"\"((?:error|warning|No files|Project created, but).*?)\"", path.read_text()
        ):
            found[as_pattern(message)] = path.name
    return found


def test_every_message_has_an_entry_in_troubleshooting(bake: Bake) -> None:
    entries = re.findall(r"^### `(.*)`$", read("docs/troubleshooting.md"), re.MULTILINE)
    messages = script_messages(bake(hooks=False)) | hook_messages()
    assert len(messages) > 20
    missing = {
        pattern: file
        for pattern, file in messages.items()
        if not any(re.fullmatch(pattern, entry) for entry in entries)
    }
    assert missing == {}
    for entry in entries:
        if entry.startswith(("error: ", "warning: ")):
            assert any(re.fullmatch(pattern, entry) for pattern in messages), entry


def test_message_of_the_server_configuration_is_in_troubleshooting(bake: Bake) -> None:
    config = (bake(hooks=False) / "requirements/image/jupyter_server_config.py").read_text()
    (message,) = re.findall(r"sys.exit\(f\"\{token_file\} (has [^:]*):", config)
    assert message in read("docs/troubleshooting.md")
