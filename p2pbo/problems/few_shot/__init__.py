"""Few-shot tasks, and the losses that learn from them."""
