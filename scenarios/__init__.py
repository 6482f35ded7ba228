"""Scenarios and games in files, read into games; nothing here solves anything.

Scenarios, in this order: `scenario` (the record that comes out), `load` (the stages), `schema` (the
shape of the files), `compile` and `quantities` (what the names and numbers mean), `blueprint` and
`build` (one game per world), `tiers` (further ones on a curve), `overrides`, `observed`; then
`distributions`, `chances`, `uncertainty` (what is drawn), `worlds` and `many` (many worlds). The
shipped worlds are in `library/`.

Finite games: `finite` (which format a file's name stands for), `nfg_reader` and `gambit` (`.nfg`),
`payoff_tables` (CSV), `profiles` (mixed strategies from anywhere), all on the numbers of
`rationals`.

Both: `faults` (what is wrong in a file, all at once) and `texts` (what may be shown of it).
"""
