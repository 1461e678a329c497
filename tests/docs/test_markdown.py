"""Docstrings become Markdown that shows what they say."""

from extensions.markdown import inline, of_docstring, page, table


def test_names_are_code_and_signs_of_markdown_are_themselves():
    assert inline("``a_b`` of :class:`~p2pbo.Problem`: |x|, y* < z_i") == (
        "`a_b` of `p2pbo.Problem`: \\|x\\|, y\\* \\< z\\_i"
    )


def test_aligned_paragraphs_are_one_listing():
    text = "Say it.\n\nline 1   U = D\nline 2   ``V`` = W V\n\n   by :mod:`~p2pbo.network`\n\nThen more."
    listing = "```text\nline 1   U = D\nline 2   V = W V\n\n   by p2pbo.network\n```"
    assert of_docstring(text) == f"Say it.\n\n{listing}\n\nThen more."


def test_a_table_without_rows_is_nothing():
    assert table(("a", "b"), []) == ""
    assert table(("a", "b"), [("1", "2")]) == "| a | b |\n|---|---|\n| 1 | 2 |"


def test_empty_blocks_leave_no_gap():
    assert page("# A", "", "b") == "# A\n\nb\n"
