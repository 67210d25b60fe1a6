"""Rows that each have a target: shapes and programs chosen by hand, steps down, import, memory."""
