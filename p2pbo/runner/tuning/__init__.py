"""Tuning: the search for the best settings of methods with equal budgets, by Optuna, in a study that is a file."""
