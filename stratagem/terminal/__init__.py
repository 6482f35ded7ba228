"""A terminal as commands see it.

Read in this order: `streams` (where a command writes, out of reach of what solvers do to it),
`board` (the table of plays while it grows), `compiling` (what is said while solvers are compiled)
and `interrupts` (keys that end a solve at once).
"""
