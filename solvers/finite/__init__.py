"""Solvers of finite games in normal form; every answer carries its regret.

Read `records` first: what a solver hands back.
"""
