"""What people who run the system ask of every service alike: its dead letters.

`contract` (the calls), `book` (what was discarded and why), `desk` (what the calls do), `dependency` (nameko's part).
"""
