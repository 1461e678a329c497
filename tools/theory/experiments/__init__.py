"""The experiments: for each claim its points, sized so that all of them take some minutes of one core."""

from theory.experiments.codecs import CODECS
from theory.experiments.delay import DELAY
from theory.experiments.gap import GAP
from theory.experiments.heterogeneity import HETEROGENEITY
from theory.experiments.penalty import PENALTY
from theory.experiments.speedup import SPEEDUP
from theory.experiments.transient import TRANSIENT

SECTIONS = (SPEEDUP, GAP, TRANSIENT, HETEROGENEITY, CODECS, PENALTY, DELAY)
"""The sections of the page, in its order."""
