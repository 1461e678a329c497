"""What ``p2pbo list`` and the reference pages know of registered things: settings, ranges, meanings, pages."""
