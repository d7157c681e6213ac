"""Record docs/recording.svg: run the quick start's commands in a real terminal and draw what it shows.

Needs tmux, Docker, Git, and cookiecutter on the PATH. Run `python docs/record.py` from a checkout.
"""

import html
import os
import subprocess
import tempfile
import time
from pathlib import Path

TEMPLATE = Path(__file__).resolve().parent.parent
COLUMNS, ROWS = 100, 26
PROMPT = "$ "
CLASS = ' class="command"'
#: Each command, and how often to press Enter at its prompts.
COMMANDS = [
    ("cookiecutter gh:ORG/jupyter-docker", 10),
    ("my-project/requirements/start.sh -d", 0),
    ("echo scipy >> my-project/requirements/pip-requirements.txt", 0),
    ("my-project/requirements/start.sh -d", 0),
    ("my-project/requirements/exec.sh python -c 'import scipy; print(scipy.__version__)'", 0),
]
#: A frame is shown for as long as the terminal showed it, within these limits in seconds.
SHORTEST, LONGEST, LAST = 0.2, 0.8, 5.0

STYLE = """
svg { --background: #f6f8fa; --text: #1f2328; --command: #0550ae; --border: #d1d9e0; }
@media (prefers-color-scheme: dark) {
  svg { --background: #151b23; --text: #d1d7e0; --command: #79c0ff; --border: #3d444d; }
}
rect { fill: var(--background); stroke: var(--border); }
text { fill: var(--text); font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; white-space: pre; }
text.command { fill: var(--command); font-weight: bold; }
"""


def record(folder: Path) -> list[tuple[str, float]]:
    """Run COMMANDS in a terminal; return each screen that it showed, with the seconds that it stayed."""
    # gh:ORG/jupyter-docker is this checkout.
    environment = {
        **os.environ,
        "HOME": str(folder / "home"),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{TEMPLATE}.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://github.com/ORG/jupyter-docker.git",
    }
    (folder / "home").mkdir()
    (folder / "work").mkdir()
    rc_file = folder / "bashrc"
    rc_file.write_text(f"PS1='{PROMPT}'\n")

    def tmux(*arguments: str) -> str:
        command = ["tmux", "-S", str(folder / "socket"), "-f", os.devnull, *arguments]
        return subprocess.run(command, env=environment, text=True, stdout=subprocess.PIPE, check=True).stdout

    size = ["-x", str(COLUMNS), "-y", str(ROWS)]
    tmux("new-session", "-d", *size, "-c", str(folder / "work"), f"bash --rcfile {rc_file}")
    frames: list[tuple[str, float]] = []

    def watch_until_prompt(count: int) -> None:
        """Collect frames until the terminal waits for input; a new question also counts."""
        quiet_since = time.monotonic()
        while True:
            screen = tmux("capture-pane", "-p").rstrip()
            now = time.monotonic()
            if not frames or frames[-1][0] != screen:
                frames.append((screen, now))
                quiet_since = now
            last = screen.splitlines()[-1] if screen else ""
            waits = last == PROMPT.rstrip() if not count else last.rstrip().endswith(":")
            if waits and now - quiet_since > 0.2:
                return
            if now - quiet_since > 300:
                raise TimeoutError(f"the terminal shows no prompt:\n{screen}")
            time.sleep(0.3)

    try:
        watch_until_prompt(0)
        for command, answers in COMMANDS:
            tmux("send-keys", "-l", command)
            tmux("send-keys", "Enter")
            for _ in range(answers):
                watch_until_prompt(1)
                tmux("send-keys", "Enter")
            watch_until_prompt(0)
    finally:
        tmux("kill-server")
        stop = folder / "work/my-project/requirements/stop.sh"
        if stop.exists():
            subprocess.run([stop, "--remove"], check=True)
    ends = [start for _, start in frames[1:]]
    shown = [min(max(end - start, SHORTEST), LONGEST) for (_, start), end in zip(frames, ends, strict=False)]
    return [(screen, seconds) for (screen, _), seconds in zip(frames, [*shown, LAST], strict=True)]


def draw(frames: list[tuple[str, float]]) -> str:
    """The frames as an animated SVG. A viewer without animation shows the last one."""
    width, height, line_height = COLUMNS * 8 + 32, ROWS * 18 + 28, 18
    total = sum(seconds for _, seconds in frames)
    lines: dict[str, str] = {}  # each line that occurs, with its ID: most are in many frames
    rules, groups, start = [], [], 0.0
    for number, (screen, seconds) in enumerate(frames):
        begin, end = 100 * start / total, 100 * (start + seconds) / total
        last = number == len(frames) - 1
        opacity = f"0%{{opacity:{int(start == 0)}}}{begin:.2f}%{{opacity:1}}" + (
            "" if last else f"{end:.2f}%{{opacity:0}}"
        )
        rules.append(f"@keyframes f{number}{{{opacity}100%{{opacity:{int(last)}}}}}")
        rules.append(f"#f{number}{{opacity:{int(last)};animation:f{number} {total:.1f}s step-end infinite}}")
        uses = []
        for row, line in enumerate(screen.splitlines()):
            if line:
                identifier = lines.setdefault(line, f"l{len(lines)}")
                uses.append(f'<use href="#{identifier}" y="{28 + row * line_height}"/>')
        groups.append(f'<g id="f{number}">' + "".join(uses) + "</g>")
        start += seconds
    texts = [
        f'<text id="{identifier}" x="16"{CLASS if line.startswith(PROMPT) else ""}>{html.escape(line)}</text>'
        for line, identifier in lines.items()
    ]
    title = "Terminal recording: generate a project, start JupyterLab, add a package"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{title}">',
            f"<title>{title}</title>",
            f"<style>{STYLE}{''.join(rules)}</style>",
            f'<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="6"/>',
            "<defs>",
            *texts,
            "</defs>",
            *groups,
            "</svg>\n",
        ]
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="jd-") as temporary:
        recorded = record(Path(temporary).resolve())
    (Path(__file__).parent / "recording.svg").write_text(draw(recorded))
