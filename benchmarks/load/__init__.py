"""Load on an HTTP address: closed loops by wrk, arrivals in the open by a generator of ours."""
