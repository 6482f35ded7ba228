"""Scenarios: worlds in files, read into games; nothing here solves anything.

Read in this order: `scenario` (the record that comes out), `load` (the stages), `schema` (the shape
of the files), `compile` and `quantities` (what the names and numbers mean), `blueprint` and `build`
(one game per world), `overrides`, `observed`. The shipped worlds are in `library/`.
"""
