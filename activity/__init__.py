"""What happened: events, calls to shops, problems, alerts and runs. Knows a site only by its code."""
