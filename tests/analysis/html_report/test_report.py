import itertools
import math
import re
import shutil
import statistics
import subprocess
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pytest

from p2pbo import InputError, open_trace
from p2pbo.analysis import Target, compare_pairs, compare_traces, final_figure, write_report
from p2pbo.analysis.html_report.folder import read_folder
from p2pbo.trace import Header, TraceRow, TraceWriter
from p2pbo.trace.reading.status import UNCERTAIN

K = 4
METHODS, CODECS, SEEDS = ("mdbo", "vrdbo"), ("none", 'a<b>&"c'), (0, 1)
TARGET = Target("upper_loss", 0.5)
VOID = ("meta", "br", "link", "img", "hr", "input")


class Page(HTMLParser):
    """A page taken apart: its attributes, its text, and the cells of its tables by the tables' ids."""

    def __init__(self, html):
        super().__init__()
        self.open, self.attributes, self.tables, self.text = [], [], {}, ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.handle_startendtag(tag, attributes)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.attributes += [(tag, name, value or "") for name, value in attributes]
        held = dict(attributes)
        if tag == "table":
            self.rows = self.tables[held["id"]] = []
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append(SimpleNamespace(text="", values=[], best="best" in held.get("class", "")))
        elif tag == "data":
            self.rows[-1][-1].values.append(float(held["value"]))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data
        if {"td", "th"}.intersection(self.open):
            self.rows[-1][-1].text += data

    def all(self, attribute):
        return [value for _, name, value in self.attributes if name == attribute]


def loss_at_the_end(method, codec, seed):
    return 0.1 + METHODS.index(method) + 0.3 * CODECS.index(codec) + 0.01 * seed


def write(path, method="mdbo", codec="none", seed=0, status="completed", rows=3, without=(), **description):
    described = {
        "algorithm": {"name": method, "eta": 0.1},
        "problem": "quadratic",
        "topology": {"name": "ring"},
    }
    described |= {"nodes": K, "codec": codec, "seed": seed, "steps": 20, "log_every": 10, **description}
    source = np.repeat(np.arange(K), 2)
    target = (source + np.tile([1, -1], K)) % K
    attributes = {"mpi_library": "MPICH 4.3.1", "ranks": 2, "hosts": 1, "spectral_gap": 0.667}
    writer = TraceWriter(
        path, Header(described, K, 1, 1, 0, source, target, [codec] * len(source), attributes)
    )
    for row in range(rows):
        loss = loss_at_the_end(method, codec, seed) + 1 - row / 2
        metrics = {
            "upper_loss": loss,
            "consensus_x": 0.1**row,
            "wall_time": 1.5 * row,
            "modelled_time": 1.0 * row,
        }
        nodes = {"bytes_sent": np.full(K, 1_000_000 * row), "node_consensus_x": np.arange(K) * 0.1**row}
        writer.append(
            TraceRow(10 * row, {name: metrics[name] for name in metrics if name not in without}, nodes)
        )
    writer.write_edge_counts(np.full(len(source), 1000), np.full(len(source), 2))
    return writer.close(status)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two methods with two codecs and two seeds each; one seed is not completed, one is a draft, one is truncated."""
    folder = tmp_path_factory.mktemp("sweep") / "a & b"
    for number, (method, codec, seed) in enumerate(itertools.product(METHODS, CODECS, SEEDS)):
        write(folder / f"{number}.h5", method, codec, seed)
    (folder / "7.h5").unlink()
    write(folder / "7.h5", METHODS[1], CODECS[1], 1, "interrupted", rows=2)
    write(folder / "unfinished" / "8.h5", seed=2, status="failed: Diverged: x <1>")
    write(folder / "9.h5", seed=3)
    truncated = (folder / "9.h5").read_bytes()[:9000]
    (folder / "9.h5").write_bytes(truncated)
    return folder


@pytest.fixture(scope="module")
def path(folder):
    return write_report(folder, TARGET)


@pytest.fixture(scope="module")
def page(path):
    return Page(path.read_text(encoding="utf-8"))


def compared(folder):
    return compare_traces([open_trace(folder / f"{number}.h5") for number in range(8)], TARGET)


def test_the_page_is_well_formed(page, path):
    assert path.read_text(encoding="utf-8").startswith('<!DOCTYPE html>\n<html lang="en">')
    assert page.open == []
    ids = page.all("id")
    assert len(ids) == len(set(ids)) > 20
    referred = set(page.all("aria-labelledby"))
    referred |= {
        name
        for _, _, value in page.attributes
        for name in re.findall(r"^#(.+)|url\(#(.+?)\)", value)
        for name in name
        if name
    }
    assert len(referred) > 20
    assert referred <= set(ids)


def test_nothing_is_asked_of_a_network(page, path):
    html = path.read_text(encoding="utf-8")
    assert not re.search(r"https?:|@import|<script|<link|<!ENTITY|<\?xml", html)
    assert not re.search(r"url\((?!#)", html)
    assert page.all("src") == []
    assert {value.partition(":")[0] for value in page.all("href") if not value.startswith("#")} <= {"data"}
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]


def test_the_comparison_has_the_numbers_of_compare(page, folder):
    told = compared(folder).as_json()["rows"]
    names = ["iterations", "megabytes", "modelled_seconds", "wall_seconds", "best"]
    heads, *rows = page.tables["compared"]
    assert [head.text for head in heads] == [
        "run",
        "reached",
        "iterations",
        "MB per node",
        "modelled (s)",
        "wall (s)",
        "best seen",
    ]
    for (label, reached, *figures), row in zip(rows, told, strict=True):
        assert label.text == row["label"]
        assert reached.values == [row["reached"], row["seeds"]]
        expected = [[value for value in (row[name] or {}).values() if value is not None] for name in names]
        assert [figure.values for figure in figures] == expected
        assert [name for name, figure in zip(names, figures, strict=True) if figure.best] == sorted(
            row["winner"], key=names.index
        )
    assert sum(bool(row["iterations"]) for row in told) == 2  # some reach it, some do not


def test_final_figures_are_over_the_completed_seeds(page):
    heads, *rows = page.tables["final"]
    place = [head.text for head in heads].index("upper loss")
    found = {row[0].text: row for row in rows}
    for method, codec in itertools.product(METHODS, CODECS):
        row = found[f"{method.upper()}, {codec.replace('none', 'uncompressed')}"]
        losses = [loss_at_the_end(method, codec, seed) for seed in SEEDS]
        if (method, codec) == (METHODS[1], CODECS[1]):
            assert (row[1].text, row[2].text) == ("1 of 2", "20")
            assert row[place].values == pytest.approx(losses[:1])
        else:
            assert row[1].text == "2 of 2"
            assert row[place].values == pytest.approx(
                [statistics.fmean(losses), statistics.stdev(losses) / math.sqrt(2)]
            )
    sent = [head.text for head in heads].index("MB per node")
    assert {row[sent].values[0] for row in rows} == {2.0}


def test_every_file_is_named_with_what_became_of_it(page):
    rows = {row[0].text: row for row in page.tables["traces"]}
    assert list(rows) == ["trace", *(f"{number}.h5" for number in range(8)), "unfinished/8.h5", "9.h5"]
    assert [rows[f"{number}.h5"][3].text for number in (0, 7)] == ["completed", "interrupted"]
    assert rows["unfinished/8.h5"][3].text == "failed: Diverged: x <1>"
    assert "may be truncated" in rows["9.h5"][1].text
    notice = page.text.partition("Not complete")[2].partition("What was run")[0]
    for text in ("7.h5", "interrupted, at step 10", "unfinished/8.h5", "failed: Diverged: x <1>", "9.h5"):
        assert text in notice
    assert "7 of 10 runs completed" in page.text


@pytest.mark.parametrize(
    "text",
    [
        "quadratic",
        'none · a<b>&"c',
        "0 · 1 · 2",
        "eta = 0.1",
        "MPICH 4.3.1",
        "upper_loss ≤ 0.5",
        "payload sent by all nodes of all runs68 MB",  # of 4 nodes: 8 runs to the end, one up to its second row
    ],
)
def test_what_was_run_and_where(page, text):
    assert text in page.text


def test_labels_are_text_in_figures_too(page, path):
    assert path.read_text(encoding="utf-8").count("a&lt;b&gt;&amp;") > 8
    assert page.all("aria-label")[0] == "Upper loss at the network average against iteration"
    assert len(page.all("aria-label")) == 8  # loss and consensus against three, two of one run
    assert page.all("role").count("img") == 8


def test_the_heading_is_the_folder(page):
    assert page.text.strip().startswith("a & b – p2pbo report")


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium")
def test_a_browser_without_network_shows_it_without_complaint(path, tmp_path, page):
    flags = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--virtual-time-budget=2000",
        "--enable-logging=stderr",
    ]
    flags += ["--v=0", f"--user-data-dir={tmp_path}", "--host-resolver-rules=MAP * ~NOTFOUND"]
    shown = subprocess.run(
        ["chromium", *flags, "--dump-dom", path.as_uri()],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "CONSOLE" not in shown.stderr
    dom = Page(shown.stdout)
    assert dom.tables == page.tables
    assert dom.all("role").count("img") == 8


def test_runs_of_other_problems_are_reported_but_not_compared(tmp_path):
    write(tmp_path / "a.h5", without=["consensus_x"])
    write(tmp_path / "b.h5", without=["consensus_x", "modelled_time"], problem="linear-hpo")
    html = write_report(tmp_path).read_text(encoding="utf-8")
    assert re.search(r"Nothing is compared: .*b\.h5 is of another problem than", html)
    assert html.count("<svg") == 5
    assert "modelled time (s) (1 of 2 runs)" in html
    with pytest.raises(InputError, match=r"b\.h5 is of another problem"):
        write_report(tmp_path, TARGET)


def test_runs_that_do_not_come_down_are_not_compared_by_where_they_end(tmp_path):
    for method in METHODS:
        write(tmp_path / f"{method}.h5", method, rows=1, without=["consensus_x", "modelled_time"])
    html = write_report(tmp_path).read_text(encoding="utf-8")
    assert "Nothing is compared: no run begins above upper_loss ≤ 2.1, which" in html


def test_a_run_that_has_logged_nothing_has_a_report(tmp_path):
    write(tmp_path / "out" / "a.h5", status="running", rows=0)
    path = write_report(tmp_path / "out", TARGET, tmp_path / "pages" / "page.html")
    page = Page(path.read_text(encoding="utf-8"))
    assert path == tmp_path / "pages" / "page.html"
    assert [cell.text for cell in page.tables["traces"][1][:5]] == ["a.h5", "–", "0", UNCERTAIN, "–"]
    assert set(page.tables) == {"traces"}


def test_folders_without_traces_are_refused(tmp_path):
    with pytest.raises(InputError, match="is a folder without traces"):
        read_folder(tmp_path)
    (tmp_path / "x.h5").write_text("no trace")
    with pytest.raises(
        InputError, match=r"is a folder without traces \(\*\.h5\), only x\.h5, which cannot be read; "
    ):
        read_folder(tmp_path)
    with pytest.raises(InputError, match=r"x\.h5 is no folder"):
        read_folder(tmp_path / "x.h5")


def test_a_page_that_cannot_be_written(tmp_path):
    write(tmp_path / "a.h5", rows=0)
    with pytest.raises(InputError, match=r"page\.html cannot be written \(.*\); choose another --out"):
        write_report(tmp_path, out=tmp_path / "a.h5" / "page.html")


def test_pairs_have_the_numbers_of_compare(tmp_path):
    for method, seed in itertools.product(METHODS, range(4)):
        write(tmp_path / f"{method}-{seed}.h5", method=method, seed=seed)
    figure = final_figure("upper_loss")
    shown = Page(write_report(tmp_path, paired=figure).read_text(encoding="utf-8"))
    (row,) = compare_pairs([open_trace(path) for path in sorted(tmp_path.glob("*.h5"))], figure).rows
    (_, cells) = shown.tables["pairs"]
    interval = f"[{row.low:.3g}, {row.high:.3g}]"
    expected = [row.first, row.second, "4", f"{row.difference:.3g}", interval, f"{row.p:.3g}", "better"]
    assert [cell.text for cell in cells] == expected and cells[-1].best
    assert "Holm" in shown.text
    assert "pairs" not in Page(write_report(tmp_path).read_text(encoding="utf-8")).tables
