import numpy as np

from p2pbo.analysis import draw_curves
from p2pbo.analysis.html_report.svg import MOST_POINTS, inline_svg


def test_many_points_are_thinned_out_and_the_ends_stay(traced):
    steps = range(0, 2000, 2)
    loss = np.random.default_rng(0).random((2, len(steps)))
    figure = draw_curves(
        [traced(seed=seed, steps=steps, logged={"upper_loss": loss[seed]}) for seed in (0, 1)],
        "iteration",
        "upper_loss",
    )
    svg = inline_svg(figure, "loss", "A <loss>")
    (line,) = figure.axes[0].lines
    assert len(line.get_xdata()) == MOST_POINTS
    assert (line.get_xdata()[0], line.get_xdata()[-1]) == (0, 1998)
    np.testing.assert_array_equal(line.get_ydata(), loss.mean(axis=0)[line.get_xdata().astype(int) // 2])
    assert len(svg) < 30_000
    assert 'aria-label="A &lt;loss&gt;"' in svg
