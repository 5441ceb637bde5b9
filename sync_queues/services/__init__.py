"""Verbs of the queues."""
