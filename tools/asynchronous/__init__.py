"""The study of asynchronous nodes: how much faster they are than rounds, and which steps they bear."""
