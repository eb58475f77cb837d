"""What identity does, one function an operation.

Every function takes a `Context` first; answers are dicts of the shape that the contract declares.
"""
