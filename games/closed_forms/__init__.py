"""Closed forms: small games solved with pen and paper, as SymPy expressions.

They say why the numbers of large games come out as they do, and they are what the solvers are held
against. In this order: `forms` (an expression with the conditions under which it holds, its value,
and the proven sign of its slopes), `contests` (one layer, both sides choose their effort), `layers`
(several layers in series: what the n-th is worth), `alliances` (several governments, one public
good), `gaps` (several ways side by side: what one open way lets through), `twins` (layered games
with these answers, for the solvers).
"""
