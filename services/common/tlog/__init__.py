"""Transparency logs, as mechanism: Merkle trees (`merkle`), proofs as ranges of leaves (`ranges`), the tree's storage in
tiles (`tiles`), signed notes (`note`), checkpoints and cosignatures (`checkpoint`). Pure but for the signatures.

RFC 6962 and RFC 9162; C2SP signed-note, tlog-checkpoint, tlog-tiles, tlog-cosignature.
"""
