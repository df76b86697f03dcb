"""The desk: what the settlement centre's people do in a browser."""
