"""Finite games for whoever asks: from files, and from scenarios.

Read in this order: `requests` (what is asked, checked), `games` (which solver answers what, under
one limit of time), `verification` (a profile from anywhere), `words` and `tables` (how answers show
themselves), `extraction_tables` (what a game taken from a scenario stands for) and `verbs` (the
commands).
"""
