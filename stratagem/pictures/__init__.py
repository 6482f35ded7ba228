"""Pictures, whose titles say what is found and whose axes say the unit.

Read in this order: `parts` (what all share), `play_charts`, `control_charts`, `layer_charts` and
`figures` (charts of a comparison, and the one name for all), `drawing`, `flow_values`,
`flow_layout` and `flow_map` (the evader's network, drawn by hand) and `agreement` (a formula and a
solver in one).
"""
