"""Sorts mutants into killed, equivalent, explained and survived, and writes report.md and mutants.json.

explained.md has a table "| file | source line | what | why |": a survivor whose source line reads so, and whose mutation
is named so (* stands for anything), counts as equivalent by explanation. A source line that is in the file no more is an
error: what was said of it must be thought over again.
"""
import fnmatch
import json
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
EXPLAINED = os.path.join(HERE, "explained.md")
WANTED_SCORE = 0.95


def what(mutation):
    """The mutation without the cell's name, which changes with every edit: const0 B[3], wire u_atc.turn_q[3]; const1 Y[0],
    in u_atc.gen_way[2].u_way"""
    def field(name):
        found = re.search(rf"-{name} (\S+)", mutation)
        return found.group(1) if found else ""
    text = f"{field('mode')} {field('port')}[{field('portbit')}]"
    if field("ctrlbit"):
        text += f" by [{field('ctrlbit')}]"
    if field("wire"):
        return f"{text}, wire {field('wire')}[{field('wirebit')}]"
    instances = re.findall(r"(?:^|[.\\])((?:u_|gen_)\w+(?:\[\d+\])?)(?=\.)", field("cell"))
    return f"{text}, in {'.'.join(instances)}" if instances else text


def source_line(at):
    file, number = at.split(":")
    return open(os.path.join(ROOT, file)).read().split("\n")[int(number) - 1].strip()


def explanations():
    found = []
    for number, line in enumerate(open(EXPLAINED), 1):
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
        if len(cells) != 4 or not cells[0].endswith(".sv"):
            continue
        file, text, kind = cells[0], cells[1].strip("`").replace("\\|", "|"), cells[2].strip("`")
        lines = [line.strip() for line in open(os.path.join(ROOT, "hdl", "rtl", file))]
        if text not in lines:
            raise RuntimeError(f"{os.path.relpath(EXPLAINED, ROOT)}:{number}: no line of {file} reads '{text}' any more")
        found.append((f"hdl/rtl/{file}", text, kind.replace("[", "[[]"), cells[3]))
    return found


def explanation(at, kind, known):
    for file, text, pattern, why in known:
        if at.startswith(file + ":") and source_line(at) == text and fnmatch.fnmatchcase(kind, pattern):
            return why
    return None


def explained(listed):
    """Ids of the mutants that explained.md speaks of."""
    known = explanations()
    fields = [line.rstrip("\n").split(" ", 3) for line in open(listed)]
    return {name for _, name, at, mutation in fields if explanation(at, what(mutation), known) is not None}


def sort(listed, results, same, proved):
    known = explanations()
    rows = []
    for line in open(listed):
        _, name, at, mutation = line.rstrip("\n").split(" ", 3)
        row = {"mutant": name, "at": at, "line": source_line(at), "what": what(mutation), "cell": re.search(r"-cell (\S+)", mutation).group(1)}
        result = results.get(name)
        why = explanation(at, row["what"], known)
        if same.get(name) == "equivalent":
            row.update(verdict="equivalent", how="the same circuit after structural hashing")
        elif result is None:
            row.update(verdict="not run", how="")
        elif result["KilledBy"]:
            row.update(verdict="killed", how=f"{result['FirstRule'] or 'verdict'} in {result['KilledBy']}", transactions=result["TransactionsToKill"])
        elif proved.get(name) == "equivalent":
            row.update(verdict="equivalent", how="proved by a solver")
        elif why is not None:
            row.update(verdict="explained", how=why)
        else:
            found = {"different": "the solver has a state and an input in which it differs", "unknown": "the solver came to no answer"}
            row.update(verdict="survived", how="; ".join(filter(None, [result["Summary"], found.get(proved.get(name), "")])))
        rows.append(row)
    return rows


def write(out, listed, results, same, proved):
    """Prints the summary. Returns the exit code."""
    rows = sort(listed, results, same, proved)
    count = {verdict: sum(1 for row in rows if row["verdict"] == verdict)
             for verdict in ("killed", "equivalent", "explained", "survived", "not run")}
    tried = count["killed"] + count["survived"]
    score = count["killed"] / tried if tried else 0.0
    summary = (f"{len(rows)} mutants: {count['killed']} killed, {count['equivalent']} equivalent (proved), "
               f"{count['explained']} equivalent (explained), {count['survived']} survived; score {score:.3f}")
    with open(os.path.join(out, "mutants.json"), "w") as file:
        json.dump({"schema": "hilbench.mutants/1", "score": round(score, 4), "wanted": WANTED_SCORE, "summary": count, "mutants": rows}, file, indent=2)
        file.write("\n")
    with open(os.path.join(out, "report.md"), "w") as file:
        file.write(f"# Mutants of the ATS core\n\n{summary}\n\nScore: killed / (killed + survived).\n")
        if count["survived"]:
            file.write("\nA survivor is a missing scenario, or equivalent for a reason that no proof here sees. Look at the wire that it\n"
                       "changes; then write a scenario whose outcome depends on it (suites/full/36-mutants.yaml), or the reason into\n"
                       "hdl/mutants/explained.md. Its id is a fault of out/hdl/libhilbench_rtl_mutants.so (hdl/README.md).\n")
        for verdict in ("survived", "not run", "explained", "equivalent", "killed"):
            if count[verdict]:
                file.write(f"\n## {verdict.capitalize()}\n\n| mutant | source | line | what | |\n|---|---|---|---|---|\n")
                for row in rows:
                    if row["verdict"] == verdict:
                        code = row["line"].replace("|", "\\|")
                        file.write(f"| {row['mutant']} | {row['at']} | `{code}` | {row['what']} | {row['how']} |\n")
    for row in rows:
        if row["verdict"] == "survived":
            print(f"survived: {row['mutant']}  {row['at']}  {row['what']}")
    if count["not run"]:
        print(f"{count['not run']} did not run")
    print(f"{summary}; {os.path.relpath(os.path.join(out, 'report.md'), ROOT)}")
    return 0 if score >= WANTED_SCORE and not count["not run"] else 1
