"""Norce Commerce: imports as jobs (Connect), look-ups (Query), orders pushed to us."""
