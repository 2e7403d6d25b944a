#!/usr/bin/env python3
"""Which mutants cannot be told from the unchanged core, whatever its state and inputs.

    prove.py FOLDER SECONDS [ID ...]

FOLDER has core.aig and core.map (hdl/mutants/generate). A mutant is proved equivalent when from every state, with every
input, its outputs and its next state are those of the unchanged core: first by structural hashing, then by a solver
(yosys-abc), which gets SECONDS for each mutant. States that can never be reached are not known here: a mutant that
differs in those alone is not proved. Prints a line for each: "ID equivalent" or "ID different" or "ID unknown".
"""
import os
import subprocess
import sys


def number_at(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def encode(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


class Netlist:
    """An and-inverter graph with its latches cut: they are inputs, and what they become is an output."""

    def __init__(self, path):
        data = open(path, "rb").read()
        at = data.index(b"\n") + 1
        inputs, latches, outputs, ands = map(int, data[:at].split()[2:6])
        self.inputs = inputs + latches
        self.outputs = []
        for _ in range(latches + outputs):
            end = data.index(b"\n", at)
            self.outputs.append(int(data[at:end].split()[0]))
            at = end + 1
        self.ands = []
        for k in range(ands):
            first, at = number_at(data, at)
            second, at = number_at(data, at)
            left = 2 * (self.inputs + 1 + k) - first
            self.ands.append((left, left - second))


class Hashed:
    """The netlist with the select input set to a constant, every function built once only. The mutants share what they
    have in common with the unchanged core: outputs that come out as the same literal are equal."""

    def __init__(self, netlist, select):
        self.netlist = netlist
        self.select = select
        self.known = {}
        self.gates = []
        self.base = self.literals(0, None)
        self.kept = len(self.gates)
        self.users = {}
        for k, (left, right) in enumerate(netlist.ands):
            self.users.setdefault(left >> 1, []).append(k)
            self.users.setdefault(right >> 1, []).append(k)

    def gate(self, left, right):
        if left < right:
            left, right = right, left
        if right == 0 or left == right ^ 1:
            return 0
        if right == 1 or left == right:
            return left
        key = (left, right)
        found = self.known.get(key)
        if found is None:
            found = 2 * (self.netlist.inputs + 1 + len(self.gates))
            self.known[key] = found
            self.gates.append(key)
        return found

    def literals(self, number, base):
        values = list(range(0, 2 * (self.netlist.inputs + 1), 2)) + [0] * len(self.netlist.ands)
        for variable, bit in self.select.items():
            values[variable] = number >> bit & 1
        first = self.netlist.inputs + 1
        for k, (left, right) in enumerate(self.netlist.ands):
            values[first + k] = self.gate(values[left >> 1] ^ left & 1, values[right >> 1] ^ right & 1)
        return values

    def differing(self, number):
        """Pairs of literals, of the outputs that do not come out the same by structure alone."""
        for key in self.gates[self.kept:]:
            del self.known[key]
        del self.gates[self.kept:]
        changed = {}
        heap = set()
        for variable, bit in self.select.items():
            if number >> bit & 1:
                changed[variable] = 1
                heap.update(self.users.get(variable, ()))
        first = self.netlist.inputs + 1
        import heapq
        queue = list(heap)
        heapq.heapify(queue)
        while queue:
            k = heapq.heappop(queue)
            left, right = self.netlist.ands[k]
            value = self.gate(
                changed.get(left >> 1, self.base[left >> 1]) ^ left & 1,
                changed.get(right >> 1, self.base[right >> 1]) ^ right & 1)
            if value != self.base[first + k]:
                changed[first + k] = value
                for user in self.users.get(first + k, ()):
                    if user not in heap:
                        heap.add(user)
                        heapq.heappush(queue, user)
        pairs = set()
        for literal in self.netlist.outputs:
            if literal >> 1 in changed:
                pairs.add((self.base[literal >> 1] ^ literal & 1, changed[literal >> 1] ^ literal & 1))
        return sorted(pairs)

    def write_miter(self, pairs, path):
        """One output: some pair differs. Only what the pairs depend on is written."""
        needed = set()
        stack = [literal >> 1 for pair in pairs for literal in pair]
        first = self.netlist.inputs + 1
        while stack:
            variable = stack.pop()
            if variable in needed:
                continue
            needed.add(variable)
            if variable >= first:
                left, right = self.gates[variable - first]
                stack += [left >> 1, right >> 1]
        leaves = sorted(v for v in needed if 0 < v < first)
        names = {0: 0}
        for variable in leaves:
            names[variable] = 2 * len(names)
        ands = []

        def add(left, right):
            left, right = max(left, right), min(left, right)
            ands.append((left, right))
            return 2 * (len(leaves) + len(ands))

        for variable in sorted(v for v in needed if v >= first):
            left, right = self.gates[variable - first]
            names[variable] = add(names[left >> 1] ^ left & 1, names[right >> 1] ^ right & 1)
        some = 0
        for left, right in pairs:
            left, right = names[left >> 1] ^ left & 1, names[right >> 1] ^ right & 1
            same = add(add(left, right) ^ 1, add(left ^ 1, right ^ 1) ^ 1)
            some = add(some ^ 1, same ^ 1) ^ 1
        with open(path, "wb") as file:
            file.write(b"aig %d %d 0 1 %d\n%d\n" % (len(leaves) + len(ands), len(leaves), len(ands), some))
            for k, (left, right) in enumerate(ands):
                file.write(encode(2 * (len(leaves) + k + 1) - left) + encode(left - right))


def solve(path, seconds):
    try:
        result = subprocess.run(
            ["yosys-abc", "-q", f"read_aiger {path}; iprove; print_status"], capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        return "unknown"
    if "UNSATISFIABLE" in result.stdout:
        return "equivalent"
    return "different" if "SATISFIABLE" in result.stdout else "unknown"


def main():
    folder, seconds, wanted = sys.argv[1], float(sys.argv[2]), set(sys.argv[3:])
    select = {}
    for line in open(os.path.join(folder, "core.map")):
        word = line.split()
        if word[0] == "input" and word[3] == "mutant_i":
            select[int(word[1]) + 1] = int(word[2])
    hashed = Hashed(Netlist(os.path.join(folder, "core.aig")), select)
    for line in open(os.path.join(folder, "list.txt")):
        number, name = line.split()[:2]
        if wanted and name not in wanted:
            continue
        pairs = hashed.differing(int(number))
        verdict = "equivalent"
        if pairs:
            verdict = "unknown"
            if seconds > 0:
                path = os.path.join(folder, "miter.aig")
                hashed.write_miter(pairs, path)
                verdict = solve(path, seconds)
        print(name, verdict, flush=True)


if __name__ == "__main__":
    main()
