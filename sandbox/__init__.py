"""Stateful shops over real HTTP to train, demo, test and benchmark against.

Standard library only (and graphql-core for Shopify); imports nothing of the rest of the project. See README.md in this folder.
"""
