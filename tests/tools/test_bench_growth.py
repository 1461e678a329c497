"""What the benchmark of growth measures and draws."""

import numpy as np
from bench_growth import PLOTS, draw, of_nodes, print_tables, separable
from step_costs.stepping import Stepping

from p2pbo.network import Network
from p2pbo.testing import check_oracles
from p2pbo.topology import build


def test_the_separable_problem_has_the_oracles_of_its_losses():
    check_oracles(separable(7))


def test_its_steps_go_to_the_solution():
    problem, network = separable(3), Network(build("ring", 2))
    oracles = problem.host(network.hosted, network.dtype)
    stepping = Stepping(problem, oracles, network, "sparkle-gt", {"alpha": 0.05, "beta": 0.5, "gamma": 0.5})
    for _ in range(1500):
        stepping.step()
    X, Y, _ = stepping.state.point
    np.testing.assert_allclose(X, 0, atol=1e-9)  # ½‖x + b̄‖² + ½‖x − ā‖² with ā = b̄ = 1.5
    np.testing.assert_allclose(Y, 1.5, atol=1e-9)


def test_nodes_have_a_time_and_a_memory_each():
    few, more = of_nodes(4), of_nodes(64)
    assert 0 < more["us_a_node"] < few["us_a_node"]
    assert 5 < more["kb_a_node"] < 100


def test_figures_and_tables_show_all_that_was_measured(tmp_path, capsys):
    figures = {
        name: {8: dict.fromkeys(lines, 1.5), 64: dict.fromkeys(lines, 2.25)}
        for name, (_, lines) in PLOTS.items()
    }
    draw(figures, tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {f"growth-{name}.png" for name in PLOTS}
    print_tables(figures)
    assert capsys.readouterr().out.count("2.25") == sum(len(lines) for _, lines in PLOTS.values())
