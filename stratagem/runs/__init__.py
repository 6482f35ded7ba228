"""How results are kept, and read again.

Read in this order: `folders` and `files` (whole or not at all), `tables` (what a spreadsheet gets),
`kept` (a run's folder) and `readback` (a comparison made from one).
"""
