"""Products with the mixing matrix W over the edges that carry a round."""
