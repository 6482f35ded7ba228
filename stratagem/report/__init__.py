"""The report: a run as one page that needs nothing but itself.

Read in this order: `subject` (a run that was audited, with all that sections need), `headline` (the
answer in three sentences), `parts`, `spans` and `theme` (tables, figures and colours of the page),
`studies` with `over_worlds`, `frontiers`, `trade_offs` and `sensitivities` (what stands beside the
run, every number tried again),
`sections` (one small file each: what a section is about, when it applies, and what it shows),
`page` (the sections in their place), `printing` (the page as PDF) and `command` (what
`stratagem report` does).

A new study adds a module to `sections` that holds a `SECTION`; nothing else has to know of it.
"""
