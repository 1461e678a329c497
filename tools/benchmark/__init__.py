"""The benchmark of decentralized bilevel optimization: tuned methods, on the same problems, to the same targets.

methods     who takes part, and why
cases       the problems, and what is changed in them
budgets     how much effort each method is given
links       links and computing times, for modelled seconds
conditions  what cells are run under besides their case: topologies, and what is changed on them
cells       one run of the benchmark, and its key
sources     the digest of the files that a method is made of
tuning      the search of a method's settings
targets     what runs are to reach
measuring   what a cell costs up to each target
scaling     step sizes under a condition
cache       runs/benchmark/*.json
scores      costs over the seeds, and shares of cases within a factor of the best
comparisons codecs, and rounds against none beside a slow node, for the best methods of each case
work        what is missing, in its order
advice      what to take when, where the scores say so
pages       docs/benchmark: index_page, case_page, and their tables and figures
"""
