"""The nameko services of mVoting and the kit they share."""
