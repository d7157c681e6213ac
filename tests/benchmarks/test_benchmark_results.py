"""What the benchmarks compute from the measured values, and what is published. No engine is needed."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from figures import MOST_TIMES, PURE_PYTHON, SCIPY
from report import (
    BEGIN,
    END,
    README_FIGURES,
    WIDTH,
    amount,
    chart,
    comparison,
    docs_block,
    ratio,
    readme_block,
    replace_block,
    without_docker,
)
from results import Results
from subjects import BENCHMARKS, TEMPLATE

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def results() -> Results:
    """Two figures; the second has no value for the expert Dockerfile."""
    results = Results("a machine")
    for ours, plain, expert in [(10, 40, 20), (500, 41, 21), (12, 36, 24)]:
        results.add("first-build", "ours", ours)
        results.add("first-build", "plain", plain)
        results.add("first-build", "expert", expert)
    results.add("image", "ours", 510e6)
    results.add("image", "plain", 1326e6)
    return results


@pytest.fixture
def published() -> Results:
    """The results in the repository."""
    return Results.load(BENCHMARKS / "results.json")


def elements(svg: str, tag: str) -> list[ElementTree.Element]:
    """The elements of an SVG with this tag."""
    return list(ElementTree.fromstring(svg).iter(SVG + tag))


def attribute(element: ElementTree.Element, name: str) -> float:
    """A number among the attributes of an element."""
    return float(element.attrib[name])


# ---- Medians and ratios ----


def test_one_slow_run_does_not_change_the_median(results: Results) -> None:
    assert results.median("first-build", "ours") == 12


def test_ratio_is_ours_divided_by_the_other(results: Results) -> None:
    assert results.ratio("first-build", "plain") == pytest.approx(12 / 40)
    assert results.ratio("first-build", "expert") == pytest.approx(12 / 21)


def test_missing_values_give_no_median_and_no_ratio(results: Results) -> None:
    assert results.median("image", "expert") is None
    assert results.ratio("image", "expert") is None
    assert results.ratio("scipy", "plain") is None


def test_saved_results_load_unchanged(results: Results, tmp_path: Path) -> None:
    results.save(tmp_path / "results.json")
    assert Results.load(tmp_path / "results.json") == results


# ---- Tables ----


@pytest.mark.parametrize(
    "value, figure, expected",
    [
        (0.4449, "run", "0.44 s"),
        (9.994, "run", "9.99 s"),
        (9.996, "run", "10 s"),
        (41.4, "run", "41 s"),
        (530.6e6, "image", "531 MB"),
        (None, "run", "-"),
    ],
)
def test_amounts_have_a_readable_precision(value: float | None, figure: str, expected: str) -> None:
    assert amount(value, figure) == expected


@pytest.mark.parametrize("value, expected", [(0.384, "0.38"), (0.0254, "0.025"), (1.9, "1.90"), (None, "-")])
def test_ratios_have_two_significant_digits(value: float | None, expected: str) -> None:
    assert ratio(value) == expected


def test_comparison_has_a_row_for_each_figure_that_was_measured(results: Results) -> None:
    assert comparison(results, ["image", "first-build", "scipy"]).splitlines() == [
        "|   | jupyter-docker | plain Dockerfile | expert Dockerfile | ratio to plain | ratio to expert |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
        "| Image | 510 MB | 1326 MB | - | 0.38 | - |",
        "| First build, nothing cached | 12 s | 40 s | 21 s | 0.30 | 0.57 |",
    ]


def test_start_without_docker_is_compared_if_it_was_measured(results: Results) -> None:
    assert without_docker(results) == ""
    results.add("run", "ours", 1.2)
    results.add("run", "without Docker", 0.8)
    assert "is ready after 0.80 s" in without_docker(results)
    assert "takes 1.50 times as long." in without_docker(results)


def test_block_between_the_markers_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    replace_block(page, r"a \1 b")
    replace_block(page, r"new \1")
    assert page.read_text() == f"before\n{BEGIN}\nnew \\1\n{END}\nafter\n"


def test_page_without_markers_is_not_changed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("no markers\n")
    replace_block(page, "new")
    assert page.read_text() == "no markers\n"


# ---- Chart ----


def test_bars_are_in_proportion_to_the_values(results: Results) -> None:
    bars = {
        (bar.attrib["class"], attribute(bar, "y")): attribute(bar, "width")
        for bar in elements(chart(results), "rect")
        if attribute(bar, "y") > 60
    }
    image_ours, image_plain, build_ours, build_plain, build_expert = bars.values()
    assert image_ours / image_plain == pytest.approx(510 / 1326, rel=0.01)
    assert build_ours / build_plain == pytest.approx(12 / 40, rel=0.01)
    assert build_expert / build_plain == pytest.approx(21 / 40, rel=0.01)


def test_no_bar_leaves_the_chart_if_ours_is_the_largest(results: Results) -> None:
    results.add("scipy", "ours", 50)
    results.add("scipy", "plain", 1)
    assert (
        max(attribute(bar, "x") + attribute(bar, "width") for bar in elements(chart(results), "rect"))
        <= WIDTH
    )


def test_chart_states_both_values_and_that_lower_is_better(results: Results) -> None:
    labels = [label.text for label in elements(chart(results), "text")]
    assert "510 MB vs. 1326 MB (plain)" in labels
    assert "12 s vs. 40 s (plain), 21 s (expert)" in labels
    assert "Lower is better" in labels


def test_chart_has_colors_for_dark_mode_for_every_class(results: Results) -> None:
    light, dark = str(elements(chart(results), "style")[0].text).split("@media (prefers-color-scheme: dark)")
    classes = set(re.findall(r'class="(\w+)"', chart(results))) - {"title"}
    assert classes == {"background", "note", "ours", "plain", "expert"}
    assert [
        name for name in classes if f".{name} {{ fill" not in light or f".{name} {{ fill" not in dark
    ] == []


# ---- What is published ----


def test_published_pages_show_the_published_results(published: Results) -> None:
    assert chart(published) == (TEMPLATE / "docs/benchmark.svg").read_text()
    assert docs_block(published) in (TEMPLATE / "docs/benchmarks.md").read_text()
    assert readme_block(published) in (TEMPLATE / "README.md").read_text()


def test_published_results_have_every_readme_figure(published: Results) -> None:
    assert [name for name in README_FIGURES if published.ratio(name, "plain") is None] == []


# ---- What is compared ----


def test_dockerfiles_use_the_default_python_version() -> None:
    version = json.loads((TEMPLATE / "cookiecutter.json").read_text())["python_version"][0]
    bases = {
        name: re.findall("^FROM (.*)", (BENCHMARKS / name / "Dockerfile").read_text(), re.MULTILINE)
        for name in ("plain", "expert")
    }
    assert bases == {"plain": [f"python:{version}"], "expert": [f"python:{version}-slim"]}


def test_added_packages_differ_each_time() -> None:
    for added in (SCIPY, PURE_PYTHON):
        assert len(set(added)) == MOST_TIMES
