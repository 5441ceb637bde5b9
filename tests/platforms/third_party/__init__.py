"""A platform that somebody else wrote, installed beside ours: what "Add a platform" in platforms/README.md leads to."""
