"""The HDF5 file beneath traces and checkpoints: consistent at any instant, valid netCDF-4, write errors on one line."""
