"""Commands that read traces say which of them have figures that this version would not give."""

import json

import numpy as np
import pytest
from command import said_to

from p2pbo.errors import Notice
from p2pbo.trace import Header, TraceRow, TraceWriter

SAID = r"old\.h5 is of p2pbo 0\.1\.0, which left the factor d/\|P\| of drawn coordinates out; run anew"


@pytest.fixture
def old(tmp_path):
    described = {"algorithm": {"name": "rafbo", "coordinates": 4}, "topology": {"name": "ring"}, "seed": 0}
    ends = np.array([0, 1])
    given = {"p2pbo_version": "0.1.0", "spectral_gap": 0.5, "ranks": 1}
    writer = TraceWriter(
        tmp_path / "old.h5", Header(described, 2, 1, 1, 0, ends, 1 - ends, ["none"] * 2, given)
    )
    for step in (0, 10):
        row = {"upper_loss": 1 / (1 + step), "wall_time": 0.1 * step}
        writer.append(TraceRow(step, row, {"bytes_sent": np.full(2, step)}))
    writer.close("completed")
    return tmp_path / "old.h5"


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", "old.h5"),
        ("show", "old.h5", "--json"),
        ("compare", "old.h5", "--target", "upper_loss=0.5"),
        ("plot", "old.h5", "--out", "a.png"),
        ("report", "."),
    ],
    ids=lambda arguments: arguments[0],
)
def test_every_reading_command_says_so(old, monkeypatch, arguments):
    monkeypatch.chdir(old.parent)
    with pytest.warns(Notice, match=SAID):
        assert said_to(*arguments).code == 0


def test_show_and_the_page_keep_it(old, monkeypatch):
    monkeypatch.chdir(old.parent)
    with pytest.warns(Notice):
        shown = " ".join(said_to("show", "old.h5").out.split())
        (plain,) = json.loads(said_to("show", "old.h5", "--json").out)
        said_to("report", ".")
    assert "0.1.0; otherwise than now, it left the factor" in shown
    assert (plain["version"], len(plain["outdated"])) == ("0.1.0", 1)
    page = (old.parent / "report.html").read_text(encoding="utf-8")
    assert "of p2pbo 0.1.0, which left the factor d/|P| of drawn coordinates out" in page
