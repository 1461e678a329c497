"""The named methods of the papers: one file each, a composition of parts."""
