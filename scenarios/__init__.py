"""Scenarios and games in files, read into games; nothing here solves anything.

Scenarios, in this order: `scenario` (the record that comes out), `load` (the stages), `files`,
`library` (shipped worlds by name), `merge` (tables into one document), `schema` and `shape` (what
may stand in the files), `compile` with its `context`, `sources`, `controls`, `routes` and
`observations` (what the names mean), `quantities`, `units` and `expressions` (what the numbers
mean), `blueprint` and `build` (one game per world), `tiers` (further ones on a curve), `overrides`,
`observed`, `new` (one to start from); then `distributions`, `chances`, `uncertainty` (what is
drawn), `worlds` and `many` (many worlds). `instances` are games in plain JSON.

Finite games: `finite` (which format a file's name stands for), `nfg_reader` and `gambit` (`.nfg`),
`payoff_tables` (CSV), `profiles` (mixed strategies from anywhere), all on the numbers of
`rationals`.

Both: `errors` and `faults` (what is wrong in a file, all at once) and `texts` (what may be shown of
it).
"""
