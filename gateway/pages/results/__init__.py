"""The result page: what was counted, how, why each option is chosen or not, who voted, and how it was checked."""
