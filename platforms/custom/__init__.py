"""A shop of any make, driven by the settings of its site alone."""
