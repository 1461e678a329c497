"""The samples that a method has drawn, as tools/draw_samples.py counts them, against what is asked of the sampler."""

import numpy as np
import pytest
from draw_samples import drawn

import p2pbo
from p2pbo.algorithms.sampling import Sampler

PAGE = {"estimator": "page", "page_period": 4, "first_batch": 20}


@pytest.mark.parametrize(
    ("method", "settings"),
    [("nc-soba", {}), ("fedmbo", {"inner_steps": 3, "terms": 4}), ("cd-bsvrgd", PAGE), ("dsgda-gt", {})],
)
def test_samples_are_the_rows_that_nodes_draw(method, settings, monkeypatch):
    rows, draw = {}, Sampler._batches

    def counted(sampler, step, side, size, streams, purpose):
        rows[step, side, purpose] = 3 * len(streams) * size  # again where the curvature is measured
        return draw(sampler, step, side, size, streams, purpose)

    monkeypatch.setattr(Sampler, "_batches", counted)
    trace = p2pbo.run(
        problem="quadratic",
        nodes=3,
        algorithm=method,
        steps=9,
        settings={"batch": 4, **settings},
        log_every=9,
    )
    np.testing.assert_array_equal(drawn(trace), [0, sum(rows.values())])
