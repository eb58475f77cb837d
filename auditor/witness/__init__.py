"""A witness (C2SP tlog-witness): cosigns a log's checkpoints as long as each continues the one before."""
