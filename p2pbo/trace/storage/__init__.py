"""The HDF5 file beneath traces and checkpoints: whole at any instant, valid netCDF-4, its failures told as one line."""
