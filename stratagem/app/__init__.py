"""The same answers in a browser, for a scenario of one's own: sliders, plays solved anew, a save.

Read in this order: `knobs` (which numbers have a slider, and how far it goes), `worker` (the
process that solves, one request at a time) and `solving` (its other end: start, listen, stop),
`saving` (the scenario and the run on disk), `page` (what Streamlit shows), `launch` (the command).
Only `page` knows Streamlit, which the extra `app` installs.
"""
