"""Counter-based randomness: uniform, independent between streams, and a function of its key alone."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2pbo.randomness import branch, generator, keys, subsets, uniform, words

SIGMAS = 5


def nodes_keys(count, purpose="test", seed=0):
    return keys(seed, purpose, 0, np.arange(count))


def assert_frequencies(observed, draws, probability):
    """Counts of a binomial variable, each within SIGMAS standard deviations of its mean."""
    deviation = np.abs(np.asarray(observed) - draws * probability).max()
    assert deviation < SIGMAS * np.sqrt(draws * probability * (1 - probability))


class TestKeys:
    def test_words_broadcast(self):
        assert keys(0, "batch").shape == (1,)
        assert keys(0, "batch", 3).shape == (1,)
        assert keys(0, "batch", 3, np.arange(5)).shape == (5,)
        assert keys(0, "batch", np.arange(2)[:, None], np.arange(5)).shape == (2, 5)

    def test_a_node_has_its_key_whoever_else_is_asked_for(self):
        everyone = keys(7, "batch", 17, np.arange(64))
        for hosted in (np.array([5]), np.array([60, 5, 2]), np.arange(3, 9)):
            np.testing.assert_array_equal(keys(7, "batch", 17, hosted), everyone[hosted])

    def test_every_word_matters(self):
        drawn = [
            keys(seed, purpose, step, node)[0]
            for seed in range(-2, 3)
            for purpose in ("batch", "codec", "")
            for step in range(20)
            for node in range(20)
        ]
        assert len(set(drawn)) == len(drawn) == 5 * 3 * 400

    def test_the_number_and_order_of_words_matter(self):
        drawn = [keys(0, "batch", *words)[0] for words in ((), (0,), (0, 0), (1, 2), (2, 1), (1, 2, 0))]
        assert len(set(drawn)) == len(drawn)

    def test_the_words_are_left_as_they_were(self):
        node = np.arange(4, dtype=np.uint64)
        keys(0, "batch", node)
        assert node.tolist() == [0, 1, 2, 3]


class TestUniform:
    def test_lies_in_0_1_and_fills_it_evenly(self):
        draws, bins = 200_000, 50
        number = uniform(keys(0, "test"), np.arange(draws))
        assert number.dtype == np.float64
        assert number.min() >= 0
        assert number.max() < 1
        assert_frequencies(np.histogram(number, bins, (0, 1))[0], draws, 1 / bins)
        assert abs(number.mean() - 0.5) < SIGMAS / np.sqrt(12 * draws)

    def test_low_bits_are_even_too(self):
        bits = (uniform(keys(0, "test"), np.arange(100_000)) * 2**53).astype(np.uint64)
        for place in (0, 1, 8, 26, 52):
            assert_frequencies([((bits >> np.uint64(place)) & np.uint64(1)).sum()], len(bits), 0.5)

    @pytest.mark.parametrize("word", ["node", "step", "counter"])
    def test_neighbouring_streams_are_independent(self, word):
        """Numbers c of streams n and n + 1, and numbers c and c + 1: all 8 × 8 cells equally filled."""
        count = 400
        axis = np.arange(count)
        if word == "counter":
            number = uniform(nodes_keys(count)[:, None], axis)
            pairs = number[:, :-1], number[:, 1:]
        else:
            words = (0, axis) if word == "node" else (axis, 0)
            number = uniform(keys(0, "test", *words)[:, None], axis)
            pairs = number[:-1], number[1:]
        cells = np.histogram2d(pairs[0].ravel(), pairs[1].ravel(), 8, ((0, 1), (0, 1)))[0]
        assert_frequencies(cells, cells.sum(), 1 / 64)
        correlation = np.corrcoef(pairs[0].ravel(), pairs[1].ravel())[0, 1]
        assert abs(correlation) < SIGMAS / np.sqrt(pairs[0].size)

    def test_seeds_and_purposes_are_independent(self):
        one, *others = (
            uniform(keys(seed, purpose), np.arange(50_000))
            for seed, purpose in ((0, "batch"), (1, "batch"), (0, "codec"))
        )
        for other in others:
            assert abs(np.corrcoef(one, other)[0, 1]) < SIGMAS / np.sqrt(len(one))

    def test_any_counter_can_be_asked_for_alone(self):
        key = nodes_keys(3)
        all_at_once = uniform(key[:, None], np.arange(100))
        assert uniform(key, 41).tolist() == all_at_once[:, 41].tolist()
        assert uniform(key[1:2], [7, 99]).tolist() == all_at_once[1, [7, 99]].tolist()

    def test_the_keys_are_left_as_they_were(self):
        key = nodes_keys(3)
        before = key.copy()
        uniform(key, 0)
        subsets(key, np.array([5, 9, 50]), 2)
        np.testing.assert_array_equal(key, before)


# Both procedures (few of many are redrawn, many of few ranked), and streams of both in one call.
POPULATIONS = {
    "redrawn": [12],
    "ranked": [7],
    "mixed": [7, 12, 3, 40],
    "ranked together": [3, 5, 9],
}


class TestSubsets:
    @pytest.mark.parametrize("populations", POPULATIONS.values(), ids=POPULATIONS)
    def test_elements_and_pairs_are_equally_frequent(self, populations):
        size, draws = 3, 30_000
        population = np.tile(np.array(populations), draws)
        drawn = subsets(nodes_keys(len(population)), population, size)
        for n in populations:
            rows = drawn[population == n]
            assert_frequencies(np.bincount(rows.ravel(), minlength=n), draws, min(size / n, 1 - 1e-12))
            inside = np.zeros((draws, n), dtype=np.int64)
            np.put_along_axis(inside, rows, 1, axis=1)
            together = inside.T @ inside
            pairs = [together[a, b] for a, b in combinations(range(n), 2)]
            if n > size:
                assert_frequencies(pairs, draws, size * (size - 1) / (n * (n - 1)))

    @pytest.mark.parametrize("population", [5, 8])
    def test_every_subset_is_equally_frequent(self, population):
        draws, size = 30_000, 2
        drawn = subsets(nodes_keys(draws), np.full(draws, population), size)
        counts = np.unique(drawn, axis=0, return_counts=True)[1]
        assert len(counts) == population * (population - 1) // 2
        assert_frequencies(counts, draws, 1 / len(counts))

    @pytest.mark.parametrize("n", [7, 12])
    def test_subsets_of_different_streams_are_independent(self, n):
        draws, size = 30_000, 3
        drawn = subsets(nodes_keys(2 * draws), np.full(2 * draws, n), size)
        has_first = (drawn == 0).any(axis=1).reshape(draws, 2)
        assert_frequencies([has_first.all(axis=1).sum()], draws, (size / n) ** 2)

    @given(data=st.data())
    def test_rows_are_subsets_and_do_not_depend_on_the_others(self, data):
        size = data.draw(st.integers(1, 30))
        population = np.array(data.draw(st.lists(st.integers(size, 10 * size), min_size=1, max_size=8)))
        key = nodes_keys(len(population), seed=data.draw(st.integers(0, 99)))
        drawn = subsets(key, population, size)
        assert drawn.shape == (len(population), size)
        assert drawn.dtype == np.int64
        assert drawn.min() >= 0
        assert (np.diff(drawn, axis=1) > 0).all()
        assert (drawn[:, -1] < population).all()
        for node in range(len(population)):
            alone = subsets(key[node : node + 1], population[node : node + 1], size)
            np.testing.assert_array_equal(alone[0], drawn[node])
        order = np.arange(len(population))[::-1]
        np.testing.assert_array_equal(subsets(key[order], population[order], size), drawn[order])

    @pytest.mark.parametrize("size", [1, 6, 500])
    def test_the_full_population(self, size):
        drawn = subsets(nodes_keys(4), np.full(4, size), size)
        np.testing.assert_array_equal(drawn, np.tile(np.arange(size), (4, 1)))

    def test_the_full_population_next_to_larger_ones(self):
        drawn = subsets(nodes_keys(3), np.array([6, 9, 600]), 6)
        assert drawn[0].tolist() == list(range(6))

    @pytest.mark.parametrize("population", [3, 1000])
    def test_size_one_is_a_uniform_element(self, population):
        draws = 30_000
        drawn = subsets(nodes_keys(draws), np.full(draws, population), 1)
        assert drawn.shape == (draws, 1)
        thirds = drawn.ravel() * 3 // population
        assert_frequencies(
            np.bincount(thirds, minlength=3)[[0, 2]], draws, (population + 2) // 3 / population
        )

    def test_seed_purpose_and_step_change_the_draw(self):
        population = np.full(1, 10_000)
        drawn = {
            tuple(subsets(keys(seed, purpose, step, 0), population, 8)[0])
            for seed in range(3)
            for purpose in ("batch", "codec")
            for step in range(5)
        }
        assert len(drawn) == 30


class TestWords:
    @pytest.mark.parametrize("count", [1, 5, 2**16, 2**16 + 1, 150_000])
    def test_are_the_bits_of_the_streams_numbers(self, count):
        key = nodes_keys(2)
        numbers = words(key, count, np.dtype(np.uint64))
        assert numbers.shape == (2, count)
        np.testing.assert_array_equal((numbers >> 11) / 2**53, uniform(key[:, None], np.arange(count)))

    @pytest.mark.parametrize(("word", "each"), [(np.uint32, 2), (np.uint16, 4)])
    def test_short_ones_share_a_number(self, word, each):
        key, count = nodes_keys(3), 101
        short = words(key, count, np.dtype(word))
        assert (short.shape, short.dtype) == ((3, count), np.dtype(word))
        whole = words(key, -(-count // each), np.dtype(np.uint64))
        np.testing.assert_array_equal(short, whole.view(word)[:, :count])

    def test_every_bit_is_even(self):
        drawn = words(keys(0, "test"), 50_000, np.dtype(np.uint32))
        for place in range(32):
            assert_frequencies([(drawn >> place & 1).sum()], drawn.size, 0.5)

    def test_the_keys_are_left_as_they_were(self):
        key = nodes_keys(3)
        words(key, 3, np.dtype(np.uint64)), branch(key, 1)
        np.testing.assert_array_equal(key, nodes_keys(3))


def test_a_branch_is_one_more_word():
    node = np.arange(5)
    np.testing.assert_array_equal(branch(keys(3, "codec", 7, node), 2), keys(3, "codec", 7, node, 2))


class TestGenerator:
    def test_is_reproducible_and_keyed_by_everything(self):
        arguments = [
            (0, "split"),
            (1, "split"),
            (0, "data"),
            (0, "split", 0),
            (0, "split", 1),
            (0, "split", 0, 1),
        ]
        drawn = [tuple(generator(*given).random(4)) for given in arguments]
        assert len(set(drawn)) == len(arguments)
        assert drawn == [tuple(generator(*given).random(4)) for given in arguments]

    def test_does_not_touch_numpys_global_state(self):
        state = np.random.get_state()[1].copy()
        generator(0, "split").random(10)
        np.testing.assert_array_equal(np.random.get_state()[1], state)


def test_streams_are_what_they_were():
    """Traces and checkpoints are repeated from their seeds: a change here breaks every stored run."""
    key = keys(0, "batch", 17, np.arange(3))
    assert key.tolist() == [0xD8DF5B551D50A334, 0x37CABBB3F7FE3B47, 0x1FBA374E90005784]
    assert keys(-5, "codec").tolist() == [0x804196077F742C3]
    assert uniform(key, 0).tolist() == [0.25591662182600194, 0.8233007089675204, 0.3917888406744743]
    assert uniform(key[:1], 2**40).tolist() == [float.fromhex("0x1.ca66140901915p-1")]
    chosen = subsets(key, np.array([10, 100, 1000]), 4)
    assert chosen.tolist() == [[0, 1, 3, 6], [4, 17, 72, 82], [35, 367, 391, 893]]
    assert words(key[:1], 3, np.dtype(np.uint32)).tolist() == [[1054322208, 1099153521, 3569344499]]
    assert generator(3, "split", 2).integers(0, 1000, 6).tolist() == [133, 12, 194, 477, 88, 171]


def test_a_stream_is_splitmix64():
    """The published outputs of SplitMix64 for seed 1234567, of which uniform keeps the upper 53 bits."""
    published = [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]
    number = uniform(np.array([1234567], dtype=np.uint64), np.arange(5))
    assert number.tolist() == [(word >> 11) / 2**53 for word in published]
