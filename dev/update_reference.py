"""Write the tables of docs/reference.md that cookiecutter.json determines: the answers and the base images.

Example:
  python dev/update_reference.py
"""

from __future__ import annotations

import json
import re
from pathlib import Path

TEMPLATE = Path(__file__).resolve().parent.parent
CONTEXT = json.loads((TEMPLATE / "cookiecutter.json").read_text())


def answers_table() -> str:
    """The table of the answers, each with its prompt, default, and other choices."""
    lines = ["| answer | prompt | default | other choices |", "|---|---|---|---|"]
    for name, value in CONTEXT.items():
        if name.startswith("_"):
            continue
        prompt = CONTEXT["__prompts__"][name]
        if isinstance(value, list):
            labels = [
                f"`{choice}`" if prompt[choice] == choice else f"`{choice}`: {prompt[choice]}"
                for choice in value
            ]
            prompt, default, others = prompt["__prompt__"], labels[0], "; ".join(labels[1:])
        else:
            default, others = "from the name" if "{{" in value else f"`{value}`", ""
        lines.append(f"| `{name}` | {prompt} | {default} | {others} |")
    return "\n".join(lines) + "\n"


def flavors_table() -> str:
    """The table of the base images, each with its Python versions and its additional package list."""
    lines = ["| `base_image` | image | Python | additional list |", "|---|---|---|---|"]
    for name, flavor in CONTEXT["_flavors"].items():
        lists = ", ".join(f"`{file}`" for file in flavor["extra_files"])
        versions = ", ".join(sorted(flavor["python_versions"]))
        lines.append(f"| `{name}` | `{flavor['image']}` | {versions} | {lists} |")
    return "\n".join(lines) + "\n"


def updated(text: str) -> str:
    """The text of docs/reference.md with both tables replaced. ValueError if it lacks the comments around one."""
    for name, table in {"answers": answers_table(), "flavors": flavors_table()}.items():
        start, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        text, count = re.subn(
            f"(?s)({start}).*?({end})", lambda match, table=table: match[1] + table + match[2], text
        )
        if count != 1:
            raise ValueError(f"docs/reference.md has {count} blocks {start.strip()}, not one")
    return text


if __name__ == "__main__":
    path = TEMPLATE / "docs/reference.md"
    path.write_text(updated(path.read_text()))
