"""Derivatives of kernels that users write, in reverse: `_plain` brings a function into few kinds of
statements, `_reverse` writes the function that runs them backwards, `_calls` serves the calls."""
