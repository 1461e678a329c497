"""The events of a timeline, checked against the rules of the Chrome trace event format."""

import gzip
import json
from collections import defaultdict
from itertools import pairwise

METADATA = {
    "process_name": ("name", str),
    "process_labels": ("labels", str),
    "process_sort_index": ("sort_index", int),
    "thread_name": ("name", str),
}
"""The argument of each metadata event."""
ROUNDING = 2e-3
"""Microseconds by which a span that ends where another begins may seem to overlap it."""


def refuse(text):
    raise ValueError(f"{text} is no JSON")


def spans_in(path):
    """The spans of a file whose processes have one row each, by process."""
    rows = rows_in(path)
    assert len({pid for pid, _ in rows}) == len(rows)
    return {pid: spans for (pid, _), spans in rows.items()}


def rows_in(path):
    """The spans of a file, as the format wants them, by process and thread."""
    text = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text()
    events = json.loads(text, parse_constant=refuse)
    assert isinstance(events, list)
    named, spans = defaultdict(set), defaultdict(list)
    for event in events:
        assert isinstance(event["name"], str) and event["name"]
        assert all(type(event[key]) is int and event[key] >= 0 for key in ("pid", "tid"))
        if event["ph"] == "M":
            key, kind = METADATA[event["name"]]
            assert event["args"].keys() == {key} and type(event["args"][key]) is kind
            named[event["pid"], event["tid"]].add(event["name"])
        else:
            assert event["ph"] == "X"  # a complete event
            assert all(type(event[key]) in (int, float) and event[key] >= 0 for key in ("ts", "dur"))
            assert isinstance(event["cat"], str) and isinstance(event.get("args", {}), dict)
            spans[event["pid"], event["tid"]].append(event)
    assert named.keys() >= spans.keys()
    for (_, thread), names in named.items():
        assert names == (METADATA.keys() if thread == 1 else {"thread_name"})
    for own in spans.values():
        check_nesting(own)
    return {row: sorted(spans[row], key=lambda span: span["ts"]) for row in named}


def check_nesting(spans):
    """Spans of one thread lie behind each other or within each other."""
    ends = []
    for span in sorted(spans, key=lambda span: (span["ts"], -span["dur"])):
        while ends and ends[-1] <= span["ts"] + ROUNDING:
            ends.pop()
        end = span["ts"] + span["dur"]
        assert not ends or end <= ends[-1] + ROUNDING
        ends.append(end)


def seconds(spans, kind):
    return sum(span["dur"] for span in spans if span["cat"] == kind) / 1e6


def steps(spans, kind):
    return [span["args"]["step"] for span in spans if span["cat"] == kind]


def check_order(spans):
    """What is recorded of steps has their order."""
    assert all(one["args"]["step"] <= next_["args"]["step"] for one, next_ in pairwise(spans))
