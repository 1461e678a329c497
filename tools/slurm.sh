#!/bin/bash
# A template for Slurm: one node of the network per rank. Adapt the first lines, then: sbatch tools/slurm.sh
#
# Two minutes before the time is over every rank gets SIGUSR1: the run keeps its state, ends with exit code 75, and is
# queued again. So it is after an accident, such as the death of a host; --resume goes on in both cases. The trace has
# the job's name, because a job that you submit again has a new number.
#SBATCH --job-name=p2pbo
#SBATCH --ntasks=64
#SBATCH --cpus-per-task=1
#SBATCH --time=01:00:00
#SBATCH --signal=USR1@120
#SBATCH --requeue
#SBATCH --open-mode=append

set -euo pipefail
module load python openmpi        # the names differ from cluster to cluster
source "$HOME/p2pbo/bin/activate"

pmi=$(python -c 'from p2pbo.runner.mpi_world import fitting_pmi; print(fitting_pmi())')
export SRUN_CPUS_PER_TASK="${SLURM_CPUS_PER_TASK:-1}"  # srun has not taken it from sbatch since Slurm 22.05

code=0
srun --mpi="$pmi" p2pbo run --algorithm vrdbo --topology torus --nodes "$SLURM_NTASKS" --set algorithm.batch=6 \
  --threads "$SRUN_CPUS_PER_TASK" --checkpoint-every 15m --out "$SLURM_JOB_NAME.h5" --resume || code=$?
case $code in
  0 | 1 | 2 | 3 | 74 | 130) ;;  # done, or what another try would end with, too
  75) scontrol requeue "$SLURM_JOB_ID" ;;
  *) if [ "${SLURM_RESTART_COUNT:-0}" -lt 10 ]; then scontrol requeue "$SLURM_JOB_ID"; fi ;;
esac
exit "$code"
