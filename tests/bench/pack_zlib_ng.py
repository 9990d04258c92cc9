"""Compresses a file as gzip with zlib-ng at level 6: FILE OUT THREADS."""

import sys

from zlib_ng import gzip_ng, gzip_ng_threaded

BLOCK_BYTES = 1 << 20


def main() -> None:
    source, target, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
    if threads > 1:
        packed = gzip_ng_threaded.open(target, "wb", 6, threads=threads, block_size=BLOCK_BYTES)
    else:
        packed = gzip_ng.open(target, "wb", 6)
    with open(source, "rb") as file, packed:
        while block := file.read(BLOCK_BYTES):
            packed.write(block)


if __name__ == "__main__":
    main()
