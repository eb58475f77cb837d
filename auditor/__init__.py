"""Stand-alone witness, recounter and verifier of the public record (docs/record.md). It imports nothing of the platform."""
