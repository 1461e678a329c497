"""The commands of ``p2pbo``, one file each."""
