"""What the counting rules share: forms of ballots, profiles, ties, thresholds, outcomes. Pure, standard library only."""
