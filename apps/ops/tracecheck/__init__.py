"""The trace check: proves that what did not match left nothing behind (docs: the promise of domain.md §6,
row 1).

It looks for a canary, for pictures with faces, for templates and for blobs that still decrypt, and it
plants one trace of every kind itself, so that a check which finds nothing has shown that it can find
something.

Searched: every byte of the files below the given roots, PostgreSQL's relations, unlogged relations and
write-ahead log among them, and the live keys of Valkey. Forms found: raw bytes, hexadecimal (as PostgreSQL
writes a bytea) and Base64 of canaries and templates; templates as float32, float16, float64 and decimal
text; JPEG, PNG and WebP pictures, also when PostgreSQL cut them into TOAST chunks.

Not searched, and not claimed: a PNG or WebP that was cut short (a cut JPEG is judged as far as it goes),
data compressed or encrypted by others (zlib, pglz, lz4), video codecs, the memory and swap of running
processes, and blocks that a file system freed without overwriting them.
"""
