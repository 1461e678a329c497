"""The rules by which a run ends before its last step, judged at its logged rows."""
