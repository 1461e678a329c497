#!/bin/bash
# A template for Slurm: one node of the network per rank. Adapt the first lines, then: sbatch tools/slurm.sh
#SBATCH --job-name=p2pbo
#SBATCH --ntasks=64
#SBATCH --cpus-per-task=1
#SBATCH --time=01:00:00

set -euo pipefail
module load python openmpi        # the names differ from cluster to cluster
source "$HOME/p2pbo/bin/activate"

srun p2pbo run --algorithm vrdbo --topology torus --nodes "$SLURM_NTASKS" \
  --set algorithm.batch=6 --out "$SLURM_JOB_ID.h5"
