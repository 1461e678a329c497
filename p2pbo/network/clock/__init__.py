"""The modelled clock of a run: how long nodes would compute, and how long their messages would be on their way."""
