"""Studies of many worlds and many changes: what stands, what matters, what is solved once.

Read in this order: `answers` (what one play says in one world), `held` (plays of a study, profiles
held fixed among them), `work` (what a worker does), `store` (the ledger of what was solved), `crew`
and `processes` (local processes or a cluster), `cells` and `questions` (a grid taken apart),
`sweeps` (grids and samples of changes, resumed where they stopped), `sweep_records`, `sweep_files`
and `keeping` (what comes out and where it stays), `overview` (what is drawn), `measures` (one
number for each world), `indices` and `sensitivity` (Sobol and Morris), `boxes` and `discovery`
(where something holds), `thresholds` (where the best portfolio changes), `verbs` (the commands).
"""
