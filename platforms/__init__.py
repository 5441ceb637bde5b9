"""Shops we talk to: one package per platform behind one contract. No models, no database, no Django."""
