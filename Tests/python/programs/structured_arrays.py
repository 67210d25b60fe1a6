"""Records, strings and objects: arrays that stay NumPy's."""

import numpy as np

people = np.array(
    [("Ann", 34, 61.5), ("Bob", 28, 80.25), ("Cy", 41, 72.0)],
    dtype=[("name", "U10"), ("age", "i4"), ("weight", "f8")],
)
print(people, people.dtype, people["age"].mean(), people[people["age"] > 30]["name"], sep="\n")
people["weight"] += 1
people[0] = ("Eve", 22, 55.5)
print(np.sort(people, order="age"), people[1], people[1]["name"], people.shape, people.itemsize)
records = people.view(np.recarray)
print(records.age, records.weight.sum())
words = np.array(["apple", "Banana", "cherry"])
print(np.char.upper(words), np.strings.str_len(words), words == "Banana", words[words > "b"])
print(words.dtype, "-".join(words), np.char.add(words, "!"), np.array(["1.5", "2"]).astype(float))
things = np.array([1, "x", [1, 2], None], dtype=object)
print(things, things[2], things.dtype, len(things))
print(
    np.array([10, 20]) + np.array([1, 2], dtype=object), np.dtype([("a", "f4"), ("b", "i8")]).names
)
print(np.zeros(2, dtype="i4,f8"), np.frombuffer(b"\x01\x02\x03\x04", dtype=np.uint8))
print(np.array([1, 2], dtype=">i4"), np.array([1, 2], dtype=">i4").byteswap().tolist())
