#!/usr/bin/env python3
"""Sorts mutants into killed, equivalent and survived.

    report.py survivors OUT                      ids that the suite did not see, one line
    report.py report OUT LIST EXPLAINED          prints the summary, writes OUT/report.md

EXPLAINED (Markdown) has a table "| source line | mode, port and bit | why |": a survivor that it names counts as
equivalent by explanation, and the report says so.
"""
import json
import os
import re
import sys

WANTED_SCORE = 0.95


def verdicts(path):
    return dict(line.split() for line in open(path))


def killed(out):
    return {fault["fault"]: fault for fault in json.load(open(os.path.join(out, "mutate.json")))["faults"]}


def what(mutation):
    def field(name):
        found = re.search(rf"-{name} (\S+)", mutation)
        return found.group(1) if found else ""
    place = f"{field('mode')} {field('port')}[{field('portbit')}]"
    return place + (f", wire {field('wire')}[{field('wirebit')}]" if field("wire") else "")


def explanations(path):
    found = {}
    if os.path.exists(path):
        for line in open(path):
            cells = [cell.strip(" `") for cell in line.strip().strip("|").split("|")]
            if len(cells) == 3 and ".sv:" in cells[0]:
                found[(cells[0], cells[1])] = cells[2]
    return found


def main():
    out = sys.argv[2]
    faults = killed(out)
    if sys.argv[1] == "survivors":
        print(" ".join(name for name, fault in faults.items() if not fault["killed"]))
        return 0
    structure = verdicts(os.path.join(out, "structure.txt"))
    solver = verdicts(os.path.join(out, "solver.txt"))
    explained = explanations(sys.argv[4])
    rows = {"killed": [], "equivalent": [], "explained": [], "survived": [], "not run": []}
    for line in open(sys.argv[3]):
        _, name, at, mutation = line.split(" ", 3)
        place = what(mutation)
        if structure.get(name) == "equivalent" or solver.get(name) == "equivalent":
            how = "structure" if structure.get(name) == "equivalent" else "solver"
            rows["equivalent"].append((name, at, place, how))
        elif name not in faults:
            rows["not run"].append((name, at, place, ""))
        elif faults[name]["killed"]:
            rows["killed"].append((name, at, place, f"{faults[name]['firstRule'] or 'verdict'} in {faults[name]['killedBy']}"))
        elif (at, place) in explained:
            rows["explained"].append((name, at, place, explained[(at, place)]))
        else:
            rows["survived"].append((name, at, place, f"solver: {solver.get(name, 'not asked')}"))
    count = {key: len(value) for key, value in rows.items()}
    tried = count["killed"] + count["survived"]
    score = count["killed"] / tried if tried else 0.0
    summary = (f"{sum(count.values()) - count['not run']} mutants: {count['killed']} killed, "
               f"{count['equivalent'] + count['explained']} equivalent ({count['explained']} of them by explanation), "
               f"{count['survived']} survived; score {score:.3f}")
    with open(os.path.join(out, "report.md"), "w") as file:
        file.write(f"# Mutants of the ATS core\n\n{summary}\n")
        for title in ("survived", "explained", "equivalent", "killed", "not run"):
            if rows[title]:
                file.write(f"\n## {title.capitalize()}\n\n| mutant | source | what | |\n|---|---|---|---|\n")
                for row in rows[title]:
                    file.write("| " + " | ".join(row) + " |\n")
    for row in rows["survived"]:
        print("survived: " + "  ".join(row))
    if count["not run"]:
        print(f"{count['not run']} did not run and are not counted")
    print(summary)
    return 0 if score >= WANTED_SCORE and not count["not run"] else 1


if __name__ == "__main__":
    sys.exit(main())
