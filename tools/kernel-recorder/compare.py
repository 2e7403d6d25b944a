#!/usr/bin/env python3
"""Compares recorded traces with each other, field by field.

compare.py FOLDER OTHER          what differs between files of the same name
compare.py --merge TO FOLDER...  writes the traces that all folders agree on to TO, with how many agreed

Page ids and swap slots count as equal when one can be renamed to the other. `site`, `entry`, `about`, `group`
and `runs` are not compared.
"""
import json
import os
import pathlib
import sys

SKIPPED = {"site", "entry", "about", "group", "runs", "name"}
NAMES = {"id": "id", "newPage": "id", "slot": "slot"}


class Names:
    """A one-to-one relation between the ids of two traces."""

    def __init__(self):
        self.there, self.back = {}, {}

    def same(self, kind, left, right):
        return self.there.setdefault((kind, left), right) == right and self.back.setdefault((kind, right), left) == left


def pages_one_by_one(runs):
    """Undoes the joining of neighbours: it depends on how ids happen to follow each other."""
    for run in runs:
        if run["level"] != "pte":
            yield run
            continue
        for i in range(run["pages"]):
            one = dict(run, at=hex(int(run["at"], 16) + 4096 * i), pages=1)
            for key in ("slot", "sub") if run.get("order") else ("slot", "id"):
                if key in one:
                    one[key] += i
            yield one


def differences(left, right, names, where=""):
    """Yields one line for each difference."""
    if isinstance(left, dict) and isinstance(right, dict):
        for key in [*left, *(k for k in right if k not in left)]:
            if key in SKIPPED:
                continue
            place = f"{where}.{key}" if where else key
            if key not in left or key not in right:
                yield f"{place}: {left.get(key, 'absent')} / {right.get(key, 'absent')}"
            elif key in NAMES and isinstance(left[key], int):
                if not names.same(NAMES[key], left[key], right[key]):
                    yield f"{place}: {left[key]} / {right[key]} (not the same page)"
            else:
                yield from differences(left[key], right[key], names, place)
    elif isinstance(left, list) and isinstance(right, list):
        if [r for r in left + right if isinstance(r, dict) and "level" in r]:
            left, right = list(pages_one_by_one(left)), list(pages_one_by_one(right))
        if len(left) != len(right):
            yield f"{where}: {len(left)} / {len(right)} entries"
        for i, (a, b) in enumerate(zip(left, right)):
            yield from differences(a, b, names, f"{where}[{i}]")
    elif left != right:
        yield f"{where}: {left} / {right}"


def compare(left, right):
    return list(differences(left, right, Names()))


def load(path):
    return json.loads(pathlib.Path(path).read_text())


def merge(target, folders):
    """The traces that every recording agrees on; the others are named."""
    os.makedirs(target, exist_ok=True)
    kept = dropped = 0
    for path in sorted(pathlib.Path(folders[0]).glob("*.json")):
        others = [pathlib.Path(folder, path.name) for folder in folders[1:]]
        first = load(path)
        bad = [d for other in others for d in (compare(first, load(other)) if other.exists() else ["not recorded"])]
        if bad:
            dropped += 1
            print(f"{path.stem}: {bad[0]}")
            continue
        text = path.read_text().replace(
            '"runs": {"recorded": 1, "agree": 1}', f'"runs": {{"recorded": {len(folders)}, "agree": {len(folders)}}}')
        hidden = pathlib.Path(target, "." + path.name)
        hidden.write_text(text)
        hidden.rename(pathlib.Path(target, path.name))
        kept += 1
    print(f"{kept} agree, {dropped} do not", file=sys.stderr)


def main():
    if len(sys.argv) > 3 and sys.argv[1] == "--merge":
        merge(sys.argv[2], sys.argv[3:])
        return 0
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    same = different = 0
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.json")):
        other = pathlib.Path(sys.argv[2], path.name)
        if not other.exists():
            continue
        found = compare(load(path), load(other))
        same, different = same + (not found), different + bool(found)
        for line in found[:8]:
            print(f"{path.stem}: {line}")
    print(f"{same} same, {different} different", file=sys.stderr)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
