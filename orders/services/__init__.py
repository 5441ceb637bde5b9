"""What can be done with shop orders: one file per subject."""
