"""The documents: their commands, blocks, tables, headings, and links."""

import re

from support.template import TEMPLATE

#: Every document of the repository.
DOCUMENTS = sorted([*TEMPLATE.glob("*.md"), *TEMPLATE.glob("docs/*.md")])

FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


def read(name: str) -> str:
    """The text of a document."""
    return (TEMPLATE / name).read_text()


def blocks(text: str, language: str) -> list[str]:
    """The code blocks of a language, without their indentation."""
    return [
        "".join(line.removeprefix(indent) for line in code.splitlines(keepends=True))
        for indent, found, code in FENCE.findall(text)
        if found == language
    ]


def block(name: str, language: str, part: str) -> str:
    """The only code block of a document that contains `part`."""
    (found,) = [code for code in blocks(read(name), language) if part in code]
    return found


def commands(text: str) -> list[str]:
    """Every command of the bash blocks, in one line each."""
    return [
        line
        for code in blocks(text, "bash")
        for line in re.sub(r"\s*\\\n\s*", " ", code).splitlines()
        if line
    ]


def rows(text: str, head: str) -> list[list[str]]:
    """The cells of all tables whose first row starts with `head`, without their first two rows."""
    tables = [table.splitlines() for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)]
    lines = [line for table in tables if table[0].startswith(head) for line in table[2:]]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def anchors(text: str) -> set[str]:
    """The anchors of the headings, as GitHub forms them."""
    titles = re.findall(r"^#+ (.*)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def links(text: str) -> list[str]:
    """The targets of all links and pictures."""
    return re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", text))
