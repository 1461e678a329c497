"""PowerGossip's edges on explicit matrices, written down from the mathematics alone: one edge after another."""

import math

import numpy as np

from p2pbo.randomness import branch, uniform


def matrix(s, shape):
    """A tensor of two axes or more as it is, others as a vector in ⌊√d⌋ rows, filled up with zeros."""
    n = shape[0] if len(shape) > 1 else math.isqrt(s.size)
    m = math.ceil(s.size / n)
    return np.pad(s, (0, n * m - s.size)).reshape(n, m)


def orthonormal(A):
    """The orthonormal columns of numpy's QR, with the signs of Gram and Schmidt's."""
    Q, R = np.linalg.qr(A)
    return Q * np.sign(np.diag(R))


class DenseEdges:
    """Every undirected edge of a stream with the direction that its ends know; ``draws`` are the stream's keys."""

    def __init__(self, topology, shapes, rank, draws):
        self.W = topology.matrix()
        ends = np.cumsum([0, *(math.prod(shape) for shape in shapes)])
        self.parts = [(slice(a, b), shape) for a, b, shape in zip(ends, ends[1:], shapes, strict=False)]
        self.direction, self.turn = {}, {}
        for number, (i, j) in enumerate(zip(topology.source.tolist(), topology.target.tolist(), strict=True)):
            if i < j:
                (key,) = draws.masks(0, np.array([number]))
                self.direction[i, j], self.turn[i, j] = list(self.first(shapes, rank, key)), 0

    @staticmethod
    def first(shapes, rank, key):
        """q̂ of each matrix: orthonormal columns of random numbers that both ends draw."""
        for k, shape in enumerate(shapes):
            n, m = matrix(np.zeros(math.prod(shape)), shape).shape
            columns = [
                uniform(branch(branch(np.array([key]), k), column), np.arange(m)) - 0.5
                for column in range(min(rank, n, m))
            ]
            yield orthonormal(np.stack(columns, axis=1))

    def __call__(self, S, down=()):
        """The rows after a round, in which the edges ``down`` carry nothing."""
        moved = S.copy()
        for low, high in self.direction:
            if (low, high) in down:
                continue
            known = self.direction[low, high]
            for k, (part, shape) in enumerate(self.parts):
                delta = matrix(S[high, part], shape) - matrix(S[low, part], shape)
                if self.turn[low, high] % 2 == 0:
                    P = delta @ known[k]
                    step, known[k] = P @ known[k].T, orthonormal(P)
                else:
                    Q = delta.T @ known[k]
                    step, known[k] = known[k] @ Q.T, orthonormal(Q)
                step = self.W[low, high] * step.ravel()[: S[low, part].size]
                moved[low, part] += step
                moved[high, part] -= step
            self.turn[low, high] += 1
        return moved
