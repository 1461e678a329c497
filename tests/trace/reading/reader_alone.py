"""What a reader does; its argument is a folder of two traces."""

import sys
from pathlib import Path

import p2pbo
from p2pbo import analysis, cli


def command(*arguments):
    sys.argv = ["p2pbo", *arguments]
    try:
        cli.main()
    except SystemExit as end:
        assert not end.code, arguments


folder = Path(sys.argv[1])
paths = sorted(map(str, folder.glob("*.h5")))
traces = [p2pbo.open_trace(path) for path in paths]
assert [trace.dataset.sizes["step"] for trace in traces] == [3, 3]
assert len(traces[0].dataset[["upper_loss"]].to_dataframe()) == 3
assert dict(p2pbo.open_traces(folder).sizes) == {"run": 2, "step": 3, "node": 4}
analysis.draw_curves(traces, "iteration", "upper_loss").savefig(folder / "drawn.png")
command("show", *paths)
command("show", "--json", *paths)
command("plot", *paths, "--y", "node_upper_loss", "--out", str(folder / "plotted.png"))
