"""What ballots does: taking ballots in (`intake`), the log (`log`) and telling about both (`reading`)."""
