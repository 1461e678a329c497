"""Few-shot learning: characters, tasks of them, and the losses and heads that learn from tasks."""
