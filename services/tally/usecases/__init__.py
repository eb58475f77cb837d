"""What tally does: counting as the log grows (`counting`), the final recount (`recounting`), telling (`results`)."""
