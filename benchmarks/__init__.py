"""Stratagem's times and answers held against plain references.

Read `forms` (the reference models) with `models` and `losses`, which they are made of; then
`generator` (random games), and `run`, `timings` and `table`, which make `README.md`.
"""
