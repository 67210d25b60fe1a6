"""CRC-32 with its table, and Adler-32, of bytes."""

import numpy as np

SIZES = (1000, 200_000)


def crc_table():
    table = np.zeros(256, dtype=np.int64)
    for n in range(256):
        c = n
        for _ in range(8):
            if c & 1:
                c = 0xEDB88320 ^ (c >> 1)
            else:
                c >>= 1
        table[n] = c
    return table


def crc32(data, table):
    crc = 0xFFFFFFFF
    for i in range(data.shape[0]):
        crc = table[(crc ^ int(data[i])) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def adler32(data):
    a, b = 1, 0
    for i in range(data.shape[0]):
        a = (a + int(data[i])) % 65521
        b = (b + a) % 65521
    return (b << 16) | a


def both(data):
    return crc32(data, crc_table()), adler32(data)


def prepare(size):
    return (((np.arange(size) * 7919 % 1009) % 256).astype(np.uint8),)


CORES = ["crc_table", "crc32", "adler32", "both"]


def run(size):
    return both(*prepare(size))
