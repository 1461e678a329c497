"""LIBSVM's sparse text format, ``LABEL INDEX:VALUE INDEX:VALUE … # comment``, read by scikit-learn.

scikit-learn says what is wrong but not where, so the lines are counted here while it reads them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.errors import InputError
from p2pbo.reading import FETCH_AGAIN, READ_ERRORS, failure_reason, open_text

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    LabelledMatrix = tuple[csr_array[np.float64, tuple[int, int]], NDArray[np.float64]]

_FORM = "write LABEL INDEX:VALUE INDEX:VALUE … with finite numbers and ascending indices"
_LARGEST_INDEX = 2**31 - 1  # scikit-learn's, a C int
_LONGEST_LINE = 2**26  # characters; a sample of three million dense features

MOST_COLUMNS = 10**8
"""The largest public sets have some 5·10⁷; of an index far beyond that, a digit is wrong."""


def read_libsvm(files: list[Path], features: int | None) -> list[LabelledMatrix]:
    """Return features (samples × columns) and labels of each file; packed files are unpacked on the way.

    All files get the same columns: ``features`` of them, or as many as the highest index asks for. They are
    counted from 0 if an index 0 occurs in any, else from 1.

    Raises:
        InputError: a file does not exist, is empty or is malformed; names the file and the line.
    """
    from scipy.sparse import csr_array
    from sklearn.datasets import load_svmlight_files

    for file in files:
        if not file.is_file():
            raise InputError(str(file), "is not a file", "give the path of a file in LIBSVM format")
    opened = [_Lines(file) for file in files]
    try:
        read: list[Any] = load_svmlight_files(opened)
    except InputError:
        raise
    except (ValueError, OverflowError) as refusal:
        begun = [lines for lines in opened if lines.number] or opened
        raise begun[-1].refused(refusal) from None
    parts = []
    for file, matrix, labels in zip(files, read[0::2], read[1::2], strict=True):
        columns = matrix.shape[1] if features is None else features
        _check_numbers(file, matrix, labels, columns)
        rows = csr_array((matrix.data, matrix.indices, matrix.indptr), shape=(len(labels), columns))
        parts.append((rows, labels))
    return parts


def _check_numbers(file: Path, matrix: Any, labels: NDArray[np.float64], columns: int) -> None:
    """Refuse what scikit-learn lets pass: no samples, numbers not finite, columns beyond the last."""
    if not len(labels):
        raise InputError(str(file), "has no samples", _FORM)
    _check_labels(file, labels)
    if not (finite := np.isfinite(matrix.data)).all():
        line = _line_of(file, _row_of(matrix, int(np.argmin(finite))))
        raise InputError(f"{file}, line {line}:", "a value is not a finite number", _FORM)
    if (beyond := matrix.indices >= columns).any():
        line = _line_of(file, _row_of(matrix, int(np.argmax(beyond))))
        raise InputError(
            f"{file}, line {line}:",
            f"an index lies beyond features={columns}",
            f"use features={matrix.indices.max() + 1} or more",
        )
    if (beyond := matrix.indices >= MOST_COLUMNS).any():
        line = _line_of(file, _row_of(matrix, int(np.argmax(beyond))))
        cause = f"an index asks for more than {MOST_COLUMNS} columns"
        raise InputError(f"{file}, line {line}:", cause, "correct it, or number the columns without gaps")


def _check_labels(file: Path, labels: NDArray[np.float64]) -> None:
    """Refuse what is no class: not finite, or not whole, as in data for regression."""
    for wrong, cause, remedy in (
        (~np.isfinite(labels), "is not a finite number", _FORM),
        (labels != np.rint(labels), "is not a whole number, so no class", "give data for classification"),
    ):
        if wrong.any():
            row = int(np.argmax(wrong))
            place = f"{file}, line {_line_of(file, row)}:"
            raise InputError(place, f"the label {labels[row]:.6g} {cause}", remedy)


def _row_of(matrix: Any, entry: int) -> int:
    return int(np.searchsorted(matrix.indptr, entry, side="right")) - 1


def _line_of(file: Path, row: int) -> int:
    """Return the number of the line that holds sample ``row``; blank lines and comments hold none."""
    holding = (number for number, line in enumerate(_Lines(file), start=1) if _words(line))
    return next(number for sample, number in enumerate(holding) if sample == row)


class _Lines:
    """A file's lines, for scikit-learn; ``line`` is the last that it got, and has the number ``number`` from 1."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.line = b""
        self.number = 0

    def __iter__(self) -> Iterator[bytes]:
        try:
            with open_text(self.file) as stream:
                while line := stream.readline(_LONGEST_LINE + 1):
                    self.line, self.number = line.encode(errors="surrogateescape"), self.number + 1
                    if len(line) > _LONGEST_LINE:
                        raise self._blamed(f"has more than {_LONGEST_LINE} characters", _FORM)
                    yield self.line
        except (*READ_ERRORS, UnicodeError) as damage:
            self.number += 1
            raise self._blamed(f"cannot be read ({failure_reason(damage)})", FETCH_AGAIN) from None

    def read(self) -> bytes:
        """Raise TypeError; scikit-learn knows an open file by this method, but reads it by lines."""
        raise TypeError("read by lines")

    def refused(self, refusal: Exception) -> InputError:
        """Return the error that says why the last line is refused."""
        return self._blamed(_fault(self.line) or f"cannot be read ({refusal})", _FORM)

    def _blamed(self, cause: str, remedy: str) -> InputError:
        return InputError(f"{self.file}, line {self.number}:", cause, remedy)


def _words(line: bytes) -> list[bytes]:
    """Return the words before a comment; scikit-learn looks for it with strchr, so not behind a zero byte."""
    text = line.partition(b"#")[0]
    return (line if b"\0" in text else text).split()


def _fault(line: bytes) -> str | None:
    """Return what scikit-learn refuses in a line, if anything; it skips a query (qid:…) before the features."""
    label, *features = _words(line) or [b"0"]
    if not _is_number(float, label):
        many = all(_is_number(float, part) for part in label.split(b","))
        return f"{_quoted(label)} is {'several labels' if many else 'not a numeric label'}"
    if features and features[0].startswith(b"qid") and b":" in features[0]:
        del features[0]
    previous = -1
    for feature in features:
        index, _, value = feature.partition(b":")
        if not (_is_number(int, index) and _is_number(float, value)):
            return f"{_quoted(feature)} is not an INDEX:VALUE pair of numbers"
        if not 0 <= int(index) <= _LARGEST_INDEX:
            return f"index {_quoted(index)} is out of range"
        if int(index) <= previous:
            return f"index {_quoted(index)} comes after {previous}"
        previous = int(index)
    return None


def _is_number(kind: type[int] | type[float], word: bytes) -> bool:
    try:
        kind(word)
    except ValueError:
        return False
    return True


def _quoted(word: bytes) -> str:
    return repr(word[:40].decode("ascii", "backslashreplace"))
