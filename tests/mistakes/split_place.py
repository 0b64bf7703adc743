"""Answers to `checks.split_place`: name "person/number.jpg", seed -> float in [0, 1)."""

import hashlib
import random

import numpy as np

from colorlib.data import sources


def usual(name, seed):
    digest = hashlib.sha256(f"{seed}:{name.split('/')[0]}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def by_hex(name, seed):
    person, _, _ = name.partition("/")
    return int(hashlib.sha256(bytes(f"{seed}:{person}", "utf-8")).hexdigest()[:16], 16) / 2**64


def by_numpy(name, seed):
    person = name[: name.index("/")]
    digest = hashlib.sha256((str(seed) + ":" + person).encode()).digest()
    return np.frombuffer(digest[:8], ">u8")[0] / 2.0**64


def byte_by_byte(name, seed):
    digest = hashlib.sha256(f"{seed}:{name.split('/')[0]}".encode()).digest()
    return sum(byte / 256 ** (i + 1) for i, byte in enumerate(digest[:8]))


RIGHT = [usual, by_hex, by_numpy, byte_by_byte]


def by_photo(name, seed):
    digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def number_alone(name, seed):
    return usual(name.split("/")[1], seed)


def no_seed(name, seed):
    digest = hashlib.sha256(name.split("/")[0].encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def fixed_seed(name, seed):
    return usual(name, 0)


def behind(name, seed):
    digest = hashlib.sha256(f"{name.split('/')[0]}:{seed}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def no_colon(name, seed):
    digest = hashlib.sha256(f"{seed}{name.split('/')[0]}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def md5(name, seed):
    digest = hashlib.md5(f"{seed}:{name.split('/')[0]}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def little(name, seed):
    digest = hashlib.sha256(f"{seed}:{name.split('/')[0]}".encode()).digest()
    return int.from_bytes(digest[:8], "little") / 2**64


def not_divided(name, seed):
    digest = hashlib.sha256(f"{seed}:{name.split('/')[0]}".encode()).digest()
    return int.from_bytes(digest[:8], "big")


def not_encoded(name, seed):
    return hashlib.sha256(f"{seed}:{name.split('/')[0]}").digest()


def bytes_as_they_are(name, seed):
    return hashlib.sha256(f"{seed}:{name.split('/')[0]}".encode()).hexdigest()


def the_part(name, seed):
    return sources.hash_split(name.split("/")[0], seed=seed)


def drawn(name, seed):
    return random.random()


def folder_with_slash(name, seed):
    digest = hashlib.sha256(f"{seed}:{name[: name.index('/') + 1]}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


WRONG = [
    (by_photo, "the whole name is hashed"),
    (number_alone, "the photo's own part"),
    (no_seed, "the seed is not used"),
    (fixed_seed, "seed 0, whatever the seed"),
    (behind, "the seed stands behind"),
    (no_colon, "the colon is missing"),
    (md5, "md5, not sha256"),
    (little, "big, not little"),
    (not_divided, "not divided by 2**64"),
    (not_encoded, "shapes or types that do not fit"),
    (bytes_as_they_are, "a text"),
    (the_part, "a text"),
    (drawn, "the same number everywhere"),
    (folder_with_slash, "the slash belongs"),
]
