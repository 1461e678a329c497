"""Runs whose ranks may die one by one, while the others go on."""
