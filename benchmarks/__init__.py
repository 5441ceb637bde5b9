"""How fast we are, against a floor measured in the same run. Nobody imports this room; it may import any other."""
