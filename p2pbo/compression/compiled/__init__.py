"""The codecs' loops compiled by numba, one file each: the same bits as numpy's in :mod:`p2pbo.compression.codecs`.

They go through rows in blocks that fit the processor's first cache, one simple loop after another, which compilers make
into vector instructions. Nothing is added up in another order than numpy adds it.
"""
