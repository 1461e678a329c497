"""The documentation site, built by ``make docs``; Sphinx reads this file."""

import sys
from pathlib import Path

from p2pbo.version import VERSION

DOCS = Path(__file__).resolve().parent
sys.path += [str(DOCS), str(DOCS.parent / "tools")]  # extensions, and step_costs

project = "p2pbo"
release = version = VERSION

extensions = [
    "myst_parser",
    "extensions.google_docstrings",
    "extensions.python_names",
    "sphinx_gallery.gen_gallery",
    "extensions.gallery",
    "extensions.mathml",
    "extensions.method_links",
    "extensions.repository_links",
    "extensions.generated_pages",
    "extensions.outside_requests",
]
exclude_patterns = ["_build"]
nitpicky = True
smartquotes = False  # docstrings write flags as --nodes
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4
html_math_renderer = "mathml"

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"\.py$",
    "within_subsection_order": "extensions.gallery.place",
    "download_all_examples": False,
    "show_signature": False,
    "write_computation_times": False,
}

html_theme = "furo"
html_title = "p2pbo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_copyright = False
