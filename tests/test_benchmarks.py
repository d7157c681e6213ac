"""What the benchmarks make of their measurements; the measuring itself needs an engine and 20 minutes."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from helpers import TEMPLATE
from report import FIGURES, Figure, Results, amount, chart, met, table

BENCHMARKS = TEMPLATE / "benchmarks"


@pytest.fixture
def results() -> Results:
    """Two figures, measured three times."""
    results = Results("a machine")
    for ours, plain in [(10, 40), (500, 41), (12, 39)]:
        results.add("first build", "ours", ours)
        results.add("first build", "plain", plain)
    results.add("image", "ours", 530e6)
    results.add("image", "plain", 1060e6)
    results.add("image", "floor", 523e6)
    return results


@pytest.fixture
def measured() -> Results:
    """What is kept in results.json."""
    return Results.from_dict(json.loads((BENCHMARKS / "results.json").read_text()))


def test_one_slow_run_does_not_move_the_median(results: Results) -> None:
    assert results.middle("first build", "ours") == 12
    assert results.ratio("first build", "plain") == pytest.approx(0.3)


def test_ratio_of_what_was_not_measured_is_none(results: Results) -> None:
    assert results.ratio("first build", "host") is None
    assert results.ratio("scipy", "plain") is None


def test_results_are_the_same_after_a_trip_through_json(results: Results) -> None:
    assert Results.from_dict(json.loads(json.dumps(results.as_dict()))) == results


@pytest.mark.parametrize(
    "value, unit, text", [(0.4449, "s", "0.44 s"), (41.4, "s", "41 s"), (530.6e6, "MB", "531 MB")]
)
def test_amounts_read_well(value: float, unit: str, text: str) -> None:
    assert amount(value, unit) == text


@pytest.mark.parametrize("most, reached", [(0.30, True), (0.29, False), (None, None)])
def test_target_is_met_at_the_very_figure(results: Results, most: float | None, reached: bool | None) -> None:
    assert met(Figure("first build", "", most), results) is reached


def test_target_in_seconds_is_of_ours_alone(results: Results) -> None:
    assert met(Figure("first build", "", 12, ""), results) is True
    assert met(Figure("first build", "", 11.9, ""), results) is False


def test_table_has_what_was_measured_and_no_more(results: Results) -> None:
    lines = table(results).splitlines()
    assert lines[2:] == [
        "| Image | 530 MB | 1060 MB | 0.50 | 0.40 ✗ |",
        "| Image, beside the least it can weigh | 530 MB | 523 MB | 1.01 | 1.03 ✓ |",
        "| First build, lock included, nothing cached | 12 s | 40 s | 0.30 | 0.75 ✓ |",
    ]


def test_chart_draws_each_bar_in_proportion(results: Results) -> None:
    svg = "{http://www.w3.org/2000/svg}"
    bars = [
        (bar.get("fill"), float(bar.get("width", "0")))
        for bar in ElementTree.fromstring(chart(results)).iter(f"{svg}rect")
        if bar.get("width") != "100%"
    ]
    assert bars == [("#e4e4e4", 300), ("#f37726", 150), ("#e4e4e4", 300), ("#f37726", 90)]


def test_every_figure_has_something_beside_it(measured: Results) -> None:
    figures = [figure for figure in FIGURES if measured.middle(figure.key, "ours")]
    assert {"image", "first build", "scipy", "ids", "run", "start"} <= {figure.key for figure in figures}
    assert not [f.title for f in figures if f.beside and not measured.middle(f.key, f.beside)]


def test_published_table_and_chart_are_those_of_the_results(measured: Results) -> None:
    assert table(measured) in (BENCHMARKS / "results.md").read_text()
    assert chart(measured) == (TEMPLATE / "docs/benchmark.svg").read_text()
    assert table(measured) in (TEMPLATE / "README.md").read_text()


def test_plain_dockerfile_is_of_the_full_image_of_our_python() -> None:
    ours = re.search(r'"python_version": "(.*)"', (TEMPLATE / "cookiecutter.json").read_text())
    assert ours is not None
    plain, floor = ((BENCHMARKS / name / "Dockerfile").read_text() for name in ("plain", "floor"))
    assert f"\nFROM python:{ours[1]}\n" in plain
    assert f"\nFROM python:{ours[1]}-slim\n" in floor


def test_packages_are_sixty_and_differ() -> None:
    packages = Path(BENCHMARKS / "packages.txt").read_text().split()
    assert packages[:4] == ["pandas", "numpy", "matplotlib", "jupyterlab"]
    assert len(set(packages)) == len(packages) == 60
