"""What a page loads is told from what it links to."""

from extensions.outside_requests import outside_requests

PAGE = """<link rel="stylesheet" href="_static/site.css"><link href="https://fonts.org/a.css" rel="stylesheet">
<script defer src='//cdn.org/b.js'></script><img alt="c" src="http://pictures.org/c.png"><img src="own.png">
<a href="https://linked.org">d</a><style>@import "https://styles.org/e.css"; body { background: url(data:f) }</style>"""


def test_what_is_loaded_from_elsewhere_is_found():
    loaded = [
        "https://fonts.org/a.css",
        "//cdn.org/b.js",
        "http://pictures.org/c.png",
        "https://styles.org/e.css",
    ]
    assert list(outside_requests(PAGE)) == loaded
    assert list(outside_requests("p { background: url('//cdn.org/g.png') }")) == ["//cdn.org/g.png"]
