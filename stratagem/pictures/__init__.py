"""Pictures, whose titles say what is found and whose axes say the unit.

Read in this order: `parts` (what all share), `figures` (charts of a comparison), `drawing`,
`flow_values`, `flow_layout` and `flow_map` (the evader's network, drawn by hand), `agreement` (a
formula and a solver in one) and `plots` (pictures of a run by name).
"""
