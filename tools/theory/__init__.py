"""Theory against measurement: slopes that convergence theory predicts, and those of runs, with a verdict on each."""
