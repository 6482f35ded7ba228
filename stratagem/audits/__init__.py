"""What a run claims, recomputed from its own scenario before anything is said of it.

Read in this order: `ledger` (claimed beside recomputed), `claims` and `mixed_claims` (plays,
without any solver), `proofs` (certificates, without the optimiser that gave them) and `audit` (all
of it).
"""
