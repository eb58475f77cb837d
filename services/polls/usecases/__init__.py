"""What can be done with polls, one function an operation, by topic.

Each takes its store first and the actor (null: a guest) as the bus brings it, and raises only the contract's errors.
"""
