"""Every method has papers to cite, from the page about citing."""

import pytest
from extensions.citations import citation, citations

from p2pbo.algorithms import ALGORITHMS


@pytest.mark.parametrize("name", list(ALGORITHMS))
def test_every_method_has_a_paper(name):
    assert citations(name)


def test_papers_are_those_of_the_table():
    assert [paper.split(",")[0] for paper in citations("gdsbo")] == [
        "Xuxing Chen",
        "Shuoguang Yang",
        "Hongchang Gao",
    ]


def test_a_paper_is_authors_title_place_and_year():
    author, title = 'Li, Ada and\n  M{\\"u}ller, Bo', "{SOBA}: a\n  title"
    fields = {"author": author, "title": title, "booktitle": "ICML", "year": "2024"}
    assert citation(fields) == "Ada Li, Bo Müller, *SOBA: a title*, ICML, 2024"
