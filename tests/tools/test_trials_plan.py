"""The plan of trials of runs that are killed: methods for lower levels of each node's own take part."""

from trials.plan import Trial, flags, runs


def test_a_method_runs_on_the_lower_level_that_it_is_for():
    assert runs("interact", "none")
    flagged = flags(Trial(0, "interact", "none", {}, "python", "alone", 1, ()), seed=0)
    assert flagged[flagged.index("--lower-level") + 1] == "local"
