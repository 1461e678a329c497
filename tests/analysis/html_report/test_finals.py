from p2pbo.analysis import Target
from p2pbo.analysis.groups import group_by_seed
from p2pbo.analysis.html_report.finals import median_target


def test_the_median_group_is_what_runs_are_compared_to(traced):
    ends = {"mdbo": (0.10001, 0.3), "vrdbo": (0.212341, 0.2), "dsbo": (0.9, 0.8)}
    traces = [
        traced(method, seed=seed, logged={"upper_loss": [1, 1, loss]})
        for method, losses in ends.items()
        for seed, loss in enumerate(losses)
    ]
    last = {trace: trace.last for trace in traces}
    assert median_target(group_by_seed(traces), last) == Target("upper_loss", 0.3)
    last.pop(traces[1])
    assert median_target(group_by_seed(traces), last) == Target(
        "upper_loss", 0.2124
    )  # upwards, so that it is reached
    assert median_target(group_by_seed(traces[:2]), last) is None
