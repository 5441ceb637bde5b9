"""Dates and figures on pages: one unmistakable form in every language, times with their zone."""
