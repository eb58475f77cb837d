"""The comparison: the same gateway and the same work for each ballot, over nameko's RPC as it comes."""
