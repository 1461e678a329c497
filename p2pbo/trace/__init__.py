"""The trace: one HDF5 file a run, valid netCDF-4, written row by row and readable at any moment.

``TraceWriter`` writes the rows that a run logs, ``open_trace`` reads them, ``open_traces`` reads many runs side by
side; none of them knows algorithms or MPI.
"""

from typing import TYPE_CHECKING

from p2pbo.on_demand import imported_on_demand

if TYPE_CHECKING:
    from p2pbo.trace.attributes import ATTRIBUTES, Attribute
    from p2pbo.trace.reading.collection import open_traces
    from p2pbo.trace.reading.pandas_frames import frames
    from p2pbo.trace.reading.reader import Final, Trace, open_trace
    from p2pbo.trace.record import COMPLETED, DIVERGED, Header, TraceRow
    from p2pbo.trace.schema import SCHEMA, Field
    from p2pbo.trace.writing.writer import TraceWriter
else:
    __getattr__, __dir__ = imported_on_demand(__name__)

__all__ = [
    "ATTRIBUTES",
    "COMPLETED",
    "DIVERGED",
    "SCHEMA",
    "Attribute",
    "Field",
    "Final",
    "Header",
    "Trace",
    "TraceRow",
    "TraceWriter",
    "frames",
    "open_trace",
    "open_traces",
]
