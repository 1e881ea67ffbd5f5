"""How Sphinx makes the site of these pages: `make docs` (docs/adr/0046-documentation-site.md)."""

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

project = "firmware-sim"
author = "the authors of firmware-sim"
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
autodoc_member_order = "bysource"
python_use_unqualified_type_names = True
# What a signature names may be the inside of the program, which has no page.
nitpick_ignore_regex = [("py:.*", ".*")]
exclude_patterns = ["templates"]
nitpicky = True
# Two hyphens begin an option, and quotes are typed: what is read here is copied to a shell.
smartquotes = False

# An anchor for every heading, as GitHub makes them, so that a link works in both places.
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]
copybutton_prompt_text = "$ "
copybutton_only_copy_prompt_lines = True
copybutton_line_continuation_character = "\\"

html_theme = "pydata_sphinx_theme"
html_title = project
html_static_path = ["static"]
templates_path = ["templates"]
html_css_files = ["site.css"]
html_extra_path = ["story.schema.json"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "logo": {"text": project},
    "navbar_align": "left",
    "header_links_before_dropdown": 6,
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "footer_start": [],
    "footer_end": [],
}


def setup(app: Sphinx) -> None:
    """Frames of the link protocol, which a test reads in hw/PROTOCOL.md, are shown as they are."""
    app.add_lexer("frame", TextLexer)
