"""The public formats that the record is written in; pure functions and values, no file and no network."""
