"""Characters and tasks: which alphabets, which characters on which node, which drawings in which task."""

from itertools import combinations

import numpy as np
import pytest

from p2pbo import InputError
from p2pbo.data import Dataset, Samples
from p2pbo.problems import ProblemContext
from p2pbo.problems.few_shot.characters import Characters
from p2pbo.problems.few_shot.tasks import NodeTasks, TaskSize
from p2pbo.randomness import generator

ALPHABETS = np.repeat([0, 1, 2, 3], [6, 10, 12, 2])


def dataset(alphabets=ALPHABETS, drawings=20, shape=(1, 1, 2), **others):
    """Drawing d of character c is the row (c, d), in a random order."""
    labels = np.repeat(np.arange(len(ALPHABETS)), drawings)
    rows = np.column_stack([labels, np.tile(np.arange(drawings), len(ALPHABETS))]).astype(float)
    samples = Samples(rows, labels).take(np.random.default_rng(0).permutation(len(labels)))
    return Dataset("made", samples, None, len(ALPHABETS), shape, groups=alphabets, **others)


CHARACTERS = Characters.of(dataset())


def tasks_of(nodes=4, seed=0, partition="iid", tasks=7, ways=5, shots=2, queries=None):
    size = TaskSize.of(CHARACTERS, ways, shots, queries)
    return NodeTasks(CHARACTERS, ProblemContext(nodes, seed, partition=partition), size, tasks)


def test_every_character_has_its_own_drawings():
    assert CHARACTERS.drawings.shape == (30, 20, 2)
    assert CHARACTERS.shape == (1, 1, 2)
    for character, drawings in enumerate(CHARACTERS.drawings):
        assert (drawings[:, 0] == character).all()
        assert sorted(drawings[:, 1]) == list(range(20))


@pytest.mark.parametrize(("fraction", "count"), [(0.01, 1), (0.4, 2), (0.5, 2), (0.7, 3), (0.99, 3)])
def test_alphabets_are_for_training_or_for_tests(fraction, count):
    training, tests = CHARACTERS.split(fraction, generator(0, "test"))
    held = [set(part.alphabets) for part in (training, tests)]
    assert (len(held[0]), held[0] | held[1], held[0] & held[1]) == (count, {0, 1, 2, 3}, set())
    for part in (training, tests):
        assert (ALPHABETS[part.drawings[:, 0, 0].astype(int)] == part.alphabets).all()
    assert len(training) + len(tests) == 30


def test_the_draw_decides_which_alphabets():
    found = {tuple(CHARACTERS.split(0.5, generator(seed, "test"))[0].alphabets) for seed in range(40)}
    assert len(found) == 6  # all pairs out of four


def test_a_task_is_n_characters_and_disjoint_drawings():
    size = TaskSize.of(CHARACTERS, ways=3, shots=2)
    own = np.array([2, 5, 7, 11])
    drawn = size.draw(own, 20, 300, generator(0, "test"))
    assert (drawn.characters.shape, drawn.support.shape, drawn.query.shape) == (
        (300, 3),
        (300, 3, 2),
        (300, 3, 18),
    )
    assert all(len(set(task)) == 3 and set(task) <= set(own) for task in drawn.characters.tolist())
    drawings = np.sort(np.concatenate([drawn.support, drawn.query], axis=2), axis=2)
    assert (drawings == np.arange(20)).all()
    counts = [(drawn.characters == character).sum() for character in own]  # 225 ± 7.5 each
    assert abs(np.array(counts) - 225).max() < 30
    shown = np.bincount(drawn.support.ravel())  # 90 ± 9 each
    assert abs(shown - 90).max() < 40
    every = {frozenset(own) for own in combinations(own.tolist(), 3)}
    assert {frozenset(task) for task in drawn.characters.tolist()} == every


@pytest.mark.parametrize(("shots", "queries", "left"), [(1, None, 19), (5, 3, 3), (19, None, 1), (1, 19, 19)])
def test_queries_are_all_other_drawings_unless_counted(shots, queries, left):
    size = TaskSize.of(CHARACTERS, 5, shots, queries)
    assert size.queries == left
    assert size.draw(np.arange(30), 20, 2, generator(0, "test")).query.shape == (2, 5, left)


@pytest.mark.parametrize("partition", ["iid", "dirichlet:1"])
def test_nodes_have_characters_and_tasks_of_their_own(partition):
    nodes = tasks_of(nodes=3, partition=partition)
    assert sorted(np.concatenate(nodes.characters)) == list(range(30))
    assert len(nodes) == 3
    for number, data in enumerate(nodes):
        own = set(nodes.characters[number].tolist())
        for side, drawings in ((data.upper, 18), (data.lower, 2)):
            assert set(side) == {"character", "drawing"}
            assert side["drawing"].shape == (7, 5, drawings)
            assert set(side["character"].flatten().tolist()) <= own
        assert (data.upper["character"] == data.lower["character"]).all()


def test_tasks_are_the_same_whoever_asks():
    one, other, seeded = tasks_of(), tasks_of(), tasks_of(seed=1)
    assert (one[3].upper["drawing"] == other[-1].upper["drawing"]).all()
    assert (one[0].upper["character"] == other[0].upper["character"]).all()
    assert not (one[0].upper["drawing"] == one[1].upper["drawing"]).all()
    assert not (one[0].upper["drawing"] == seeded[0].upper["drawing"]).all()
    with pytest.raises(IndexError):
        one[4]


def test_a_partition_by_label_gives_nodes_alphabets():
    """With α → 0 each alphabet goes to one node, with α → ∞ every node sees all of the larger ones."""

    def alphabets(partition):
        dealt = tasks_of(nodes=2, partition=partition, ways=2).characters
        return [np.bincount(ALPHABETS[own], minlength=4)[:3] for own in dealt]

    assert all((counts > 0).all() for counts in alphabets("dirichlet:1e5"))
    assert all((counts == 0).any() for counts in alphabets("dirichlet:0.001"))


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (dataset(alphabets=None), "data made has no characters of alphabets; use --data omniglot:PATH"),
        (dataset(shape=None), "data made has no characters of alphabets; use --data omniglot:PATH"),
    ],
)
def test_data_of_no_characters_are_refused(made, said):
    with pytest.raises(InputError, match=f"^{said}$"):
        Characters.of(made)


def test_unequal_characters_are_refused():
    whole = dataset()
    rows = np.flatnonzero((whole.train.labels != 3) | (whole.train.features[:, 1] > 2))
    made = Dataset("made", whole.train.take(rows), None, 30, (1, 1, 2), groups=ALPHABETS)
    with pytest.raises(
        InputError, match=r"^data made has between 17 and 20 drawings .*; leave data.test_fraction"
    ):
        Characters.of(made)


def test_one_alphabet_is_refused():
    with pytest.raises(InputError, match=r"^few-shot has one alphabet, .*; give data with more$"):
        Characters.of(dataset(alphabets=0 * ALPHABETS)).split(0.5, generator(0, "test"))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"shots": 20},
            r"5-way 20-shot tasks need 20 \+ 1 drawings of a character, and there are 20; use shots",
        ),
        ({"shots": 15, "queries": 6}, r"5-way 15-shot tasks need 15 \+ 6 drawings .* of at most 20$"),
        (
            {"nodes": 7},
            r"7 nodes cannot have 5 characters each out of 30 to train on; use --nodes 6 or fewer, fewer",
        ),
        (
            {"ways": 31, "nodes": 1},
            r"1 nodes cannot have 31 characters each out of 30 .*; use fewer ways, or give",
        ),
        (
            {"partition": "size", "nodes": 5},
            r"node \d has \d characters in the partition size, too few for 5-way tasks; use --",
        ),
        ({"partition": "odd"}, r"partition 'odd' is not known"),
    ],
)
def test_too_few_characters_or_drawings_are_refused(options, said):
    with pytest.raises(InputError, match=f"^{said}"):
        tasks_of(**options)
