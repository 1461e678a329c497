"""The experiments: their files in runs/, reductions for the data at hand, plots, and claims."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from claims import (
    Claim,
    best_among,
    better_per_byte,
    faster_with_more_workers,
    holds_where_others_fall,
    leads_in_steps,
    little_lost,
    one_round_apart,
    same_accuracy,
    same_for_fewer_bytes,
    saves_time,
    shared_by_dimension,
    tuned_momentum,
    two_rounds_are_best,
)
from submodels import FIGURE_3, FIGURES_5_6, TABLE_II

OMNIGLOT = tuple(f"omniglot_background_small{number}.zip" for number in (1, 2))


@dataclass(frozen=True)
class PlotSpec:
    """The specification of a plot of the page, in the flags of p2pbo plot."""

    x: str
    y: str
    facet: str | None = None


@dataclass(frozen=True)
class Experiment:
    """An experiment: one file of runs/.

    Attributes:
        stem: the name of the file without suffix.
        plots: its plots.
        claims: the claims that it judges.
        needs: the data file that it needs in the folder of --data, if any.
        flags: flags of p2pbo sweep for the data at hand.
        reduced: the reductions that the flags make, as the page states them.
    """

    stem: str
    plots: tuple[PlotSpec, ...]
    claims: tuple[Claim, ...]
    needs: str | None = None
    flags: tuple[str, ...] = ()
    reduced: str = ""


def _libsvm(file: str) -> tuple[str, ...]:
    return ("--data", f"libsvm:{{data}}/{file}")


DIGITS = "mnist10k-images-idx3-ubyte.gz"


def _digits(batch: int, seed: int = 0) -> tuple[str, ...]:
    settings = ("data.test_fraction=0.1", f"algorithm.batch={batch}")
    flags = ("--data", f"idx:{{data}}/{DIGITS}", "--seed", f"{seed}")
    return flags + tuple(word for setting in settings for word in ("--set", setting))


def _gao(data: str, needs: str | None = None, reduced: str = "") -> Experiment:
    others = ("dsbo", "gdsbo", "mdbo")
    return Experiment(
        f"gao2023-fig1-{data}",
        (PlotSpec("iteration", "upper_loss"), PlotSpec("iteration", "validation_accuracy")),
        (
            Claim(
                "VRDBO converges much faster; MDBO, GDSBO and DSBO are alike", leads_in_steps("vrdbo", others)
            ),
            Claim(
                "all methods end with almost the same accuracy",
                same_accuracy("validation_accuracy", (*others, "vrdbo"), 0.01),
            ),
        ),
        needs,
        _libsvm(needs) if needs else (),
        reduced,
    )


def _zhang(stem: str, loser: dict[str, Any], needs: str | None = None, reduced: str = "") -> Experiment:
    pair = ("cd-bsvrgd", "ma-dsbo")
    return Experiment(
        stem,
        (PlotSpec("bytes", "lower_loss"), PlotSpec("bytes", "test_accuracy")),
        (
            Claim(
                "CD-BSVRGD has a smaller training loss than MA-DSBO per megabyte",
                better_per_byte(*pair, "lower_loss", **loser),
            ),
            Claim(
                "and a better test accuracy", better_per_byte(*pair, "test_accuracy", rising=True, **loser)
            ),
            *([SAME_STEP] if loser else []),
        ),
        needs,
        (*_libsvm(needs), "--set", "data.test_fraction=0.1") if needs else (),
        reduced,
    )


def _li(stem: str, claims: tuple[Claim, ...], *flags: str) -> Experiment:
    places = ",".join(f"{{data}}/{file}" for file in OMNIGLOT)
    return Experiment(
        stem,
        (PlotSpec("iteration", "test_accuracy"),),
        claims,
        OMNIGLOT[0],
        ("--data", f'"omniglot:{places}"', *flags),
        "On the two small background sets of Omniglot, a Conv-4 of width 16, one seed.",
    )


COMPRESSED = ("c-soba", "cm-soba", "ef-soba")
PAPERS_STEP: dict[str, Any] = {"algorithm__alpha": 0.01}
SAMPLE = "On a sample of 2,000 rows."
IID = "On 10,000 digits with batches of 256, one seed."
UNEQUAL = "On 10,000 digits with batches of 128, one seed."
SAME_STEP = Claim(
    "(not the paper's) the smaller loss, also with 0.1 instead of 0.01 as MA-DSBO's steps",
    better_per_byte("cd-bsvrgd", "ma-dsbo", "lower_loss", algorithm__alpha=0.1),
)
TEN_TIMES = Claim(
    "compressed methods reach NC-SOBA's accuracy with 10 times fewer bits",
    same_for_fewer_bytes(COMPRESSED, 10),
)

EXPERIMENTS = (
    _gao("a9a"),
    _gao("ijcnn1", "ijcnn1.bz2"),
    _gao("covtype", "covtype-2000.bz2", SAMPLE),
    Experiment(
        "gao2023-fig3-a9a",
        (PlotSpec("modelled", "upper_loss", "topology.latency"),),
        (
            Claim(
                "16 workers are faster in time than 8",
                faster_with_more_workers({"mdbo": "0.33ms", "vrdbo": "0.58ms"}, latency=0.05),
            ),
            Claim(
                "(not the paper's) they are where a worker computes half as long with half the rows",
                faster_with_more_workers({"mdbo": "0.19ms", "vrdbo": "0.355ms"}, latency=0.05),
            ),
            Claim(
                "(not the paper's) they are so, too, where a message takes 1 ms",
                faster_with_more_workers({"mdbo": "0.19ms", "vrdbo": "0.355ms"}, latency=1.0),
            ),
        ),
    ),
    _zhang("zhang2023-fig1-synthetic", {}),
    _zhang("zhang2023-fig2-a9a", PAPERS_STEP),
    _zhang("zhang2023-fig2-ijcnn1", PAPERS_STEP, "ijcnn1.bz2"),
    _zhang("zhang2023-fig2-covtype", PAPERS_STEP, "covtype-2000.bz2", SAMPLE),
    Experiment(
        "he2024-fig1-mnist", (PlotSpec("bytes", "test_accuracy"),), (TEN_TIMES,), DIGITS, _digits(256), IID
    ),
    Experiment(
        "he2024-fig1-mnist-ring",
        (PlotSpec("bytes", "test_accuracy"),),
        (Claim("10 times fewer bits on a ring, too", same_for_fewer_bytes(("c-soba",), 10)),),
        DIGITS,
        _digits(256),
        IID,
    ),
    Experiment(
        "he2024-fig2-mnist",
        (PlotSpec("iteration", "test_accuracy"),),
        (
            Claim(
                "EF-SOBA holds under heterogeneity, C- and CM-SOBA fall behind",
                holds_where_others_fall(False),
            ),
        ),
        DIGITS,
        _digits(128, 2),
        UNEQUAL,
    ),
    Experiment(
        "he2024-fig2-mnist-ring",
        (PlotSpec("bytes", "test_accuracy"),),
        (Claim("the same on a ring, after equal bytes", holds_where_others_fall(True)),),
        DIGITS,
        _digits(128, 2),
        UNEQUAL,
    ),
    Experiment(
        "he2024-fig3-mnist",
        (PlotSpec("bytes", "test_accuracy", "partition"),),
        (
            Claim(
                "i.i.d.: compression costs little accuracy", little_lost(COMPRESSED, 0.02, partition="iid")
            ),
            Claim(
                "Dirichlet(0.1): EF-SOBA is the compressed method of choice",
                best_among(
                    "ef-soba", ("c-soba", "cm-soba"), "test_accuracy", True, partition="dirichlet-mix:0.1"
                ),
            ),
            Claim(
                "Dirichlet(0.1): and costs little accuracy",
                little_lost(("ef-soba",), 0.02, partition="dirichlet-mix:0.1"),
            ),
        ),
        DIGITS,
        _digits(128, 2),
        UNEQUAL,
    ),
    Experiment(
        "he2024-fig4-mnist",
        (PlotSpec("modelled", "test_accuracy"),),
        (Claim("compressed methods are ahead in time, too", saves_time(COMPRESSED, 10)),),
        DIGITS,
        _digits(128, 2),
        UNEQUAL,
    ),
    Experiment(
        "he2024-fig5-synthetic",
        (PlotSpec("bytes", "upper_loss"),),
        (
            Claim(
                "EF-SOBA is the best of the compressed methods on unequal nodes",
                best_among("ef-soba", ("c-soba", "cm-soba"), "upper_loss", False),
            ),
            Claim(
                "and has a smaller loss than NC-SOBA per bit",
                better_per_byte("ef-soba", "nc-soba", "upper_loss"),
            ),
        ),
    ),
    Experiment(
        "he2024-fig8-mnist",
        (PlotSpec("iteration", "test_accuracy"),),
        (Claim("with a tuned momentum CM-SOBA overtakes C-SOBA", tuned_momentum),),
        DIGITS,
        _digits(128, 2),
        UNEQUAL,
    ),
    Experiment(
        "he2024-fig9-mnist",
        (PlotSpec("bytes", "upper_loss", "algorithm"),),
        (
            Claim("R = 2 is the best number of rounds (CM-SOBA-MSC)", two_rounds_are_best("cm-soba-msc")),
            Claim("R = 2 is the best number of rounds (EF-SOBA-MSC)", two_rounds_are_best("ef-soba-msc")),
            Claim("with R = 1 EF-SOBA is worse than CM-SOBA", one_round_apart),
        ),
        DIGITS,
        _digits(128, 2),
        UNEQUAL,
    ),
    Experiment(
        "he2024-fig10-mnist",
        (PlotSpec("iteration", "test_accuracy"),),
        (Claim("K shared by (10) is better than equal fractions", shared_by_dimension),),
        DIGITS,
        _digits(128, 2),
        UNEQUAL,
    ),
    _li("li2024-table2-1shot", TABLE_II),
    _li("li2024-table2-5shot", TABLE_II),
    _li("li2024-fig3", FIGURE_3, "--steps", "100"),
    Experiment(
        "li2024-fig5-mnist",
        (PlotSpec("iteration", "balanced_accuracy"),),
        FIGURES_5_6,
        DIGITS,
        ("--steps", "100", *_digits(16)),
        "On a long tail of 10,000 digits with batches of 16, one seed.",
    ),
)
