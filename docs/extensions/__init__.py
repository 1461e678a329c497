"""What the documentation site needs beyond Sphinx: mathematics as MathML, and pages made from the package."""
