"""How anything shows itself: the same table in a terminal, in a notebook, in a file.

Read in this order: `plain` (records as plain values), `words` (sentences that sound alike
everywhere) and `tables` (tables, and the pages made of them).
"""
