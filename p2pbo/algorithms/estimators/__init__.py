"""The estimators of an expected direction from stochastic ones: one file each."""
