"""The papers' algorithms: one file a paper, which opens with the paper's listing in this code's letters."""
