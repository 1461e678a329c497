"""The codec of every edge, assigned by a run's description or fitted to the links."""
