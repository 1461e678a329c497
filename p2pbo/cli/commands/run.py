"""``p2pbo run``: one run, on the ranks of the launcher or in this process."""

from __future__ import annotations

from typing import Any

from p2pbo.cli import flags
from p2pbo.cli.flags import description_from
from p2pbo.cli.progress import Progress


def run(
    source: flags.Source = None,
    algorithm: flags.Algorithm = None,
    hypergradient: flags.HypergradientFlag = None,
    estimator: flags.EstimatorFlag = None,
    mixing: flags.MixingFlag = None,
    schedule: flags.ScheduleFlag = None,
    neumann_batches: flags.NeumannBatches = None,
    tracking: flags.Tracking = None,
    masks: flags.Masks = None,
    capacity: flags.CapacityFlag = None,
    rafbo_form: flags.RafboForm = None,
    unroll: flags.Unroll = None,
    coordinates: flags.Coordinates = None,
    problem: flags.ProblemFlag = None,
    data: flags.Data = None,
    partition: flags.Partition = None,
    topology: flags.Graph = None,
    undirected: flags.Undirected = None,
    weights: flags.Weights = None,
    codec: flags.Codec = None,
    codec_by: flags.CodecBy = None,
    codec_scope: flags.CodecScope = None,
    channel: flags.ChannelFlag = None,
    consensus_step: flags.ConsensusStep = None,
    link_drop: flags.LinkDrop = None,
    link_delay: flags.LinkDelay = None,
    stragglers: flags.Stragglers = None,
    link_schedule: flags.LinkSchedule = None,
    nodes: flags.Nodes = None,
    steps: flags.Steps = None,
    seed: flags.Seed = None,
    dtype: flags.Dtype = None,
    device: flags.Device = None,
    threads: flags.Threads = None,
    log_every: flags.LogEvery = None,
    exact: flags.Exact = None,
    flops: flags.Flops = None,
    checksum: flags.Checksum = None,
    checkpoint_every: flags.CheckpointEvery = None,
    divergence_factor: flags.DivergenceFactor = None,
    stall_timeout: flags.StallTimeout = None,
    on_failure: flags.OnFailure = None,
    out: flags.Out = None,
    resume: flags.Resume = False,
    assignments: flags.Set = None,
    quiet: flags.Quiet = False,
) -> None:
    """Run one method on one problem over one network.

    Under mpiexec or srun the ranks host the nodes; else all nodes live in this process. The numbers are the same.
    """
    given: dict[str, Any] = {
        name: value
        for name, value in locals().items()
        if name not in {"source", "resume", "assignments", "quiet"}
    }
    from p2pbo.runner.assembly import UserObjects
    from p2pbo.runner.execution import execute
    from p2pbo.runner.mpi_world import world

    resume = resume or flags.is_checkpoint(source)
    with Progress(quiet) as progress:
        trace = execute(
            lambda: description_from(source, given, assignments),
            UserObjects(),
            world(),
            progress.show,
            resume,
        )
    if trace is not None and not quiet:
        progress.print_result(trace)
