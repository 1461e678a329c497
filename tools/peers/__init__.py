"""What others would write: loops of bilevel methods on one node and over ranks, to compare p2pbo's speed with."""
