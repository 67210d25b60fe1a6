"""Loops that compile themselves: ordinary Python loops over numbers and arrays.

`_program` says whose. `_rewrite` changes loops so that they can leave Python and come back, and
`_session` decides when. `_translate`, with `_expressions`, `_functions` and `_hoisting`, writes a
kernel for the types of the moment, and `_kernel` calls it.
"""
