#!/bin/bash
# A template for Slurm: one node of the network per rank. Adapt the first lines, then: sbatch tools/slurm.sh
#
# Two minutes before the time is over every rank gets SIGUSR1: the run keeps its state, ends with exit code 75, and is
# queued again. A node that fails takes the job with it, which Slurm queues again, too; --resume goes on in both cases.
#SBATCH --job-name=p2pbo
#SBATCH --ntasks=64
#SBATCH --cpus-per-task=1
#SBATCH --time=01:00:00
#SBATCH --signal=USR1@120
#SBATCH --requeue

set -euo pipefail
module load python openmpi        # the names differ from cluster to cluster
source "$HOME/p2pbo/bin/activate"

code=0
srun p2pbo run --algorithm vrdbo --topology torus --nodes "$SLURM_NTASKS" --set algorithm.batch=6 \
  --checkpoint-every 15m --out "$SLURM_JOB_ID.h5" --resume || code=$?
if [ "$code" = 75 ]; then scontrol requeue "$SLURM_JOB_ID"; fi
exit "$code"
