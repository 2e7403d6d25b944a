#!/usr/bin/env python3
"""Random mixtures of steps to record: mixtures.py FOLDER [COUNT [FIRST_SEED [KIND,...]]]

COUNT scenarios of each kind. The same seed always gives the same scenario. Each seed switches some operations off
altogether and prefers a few others, so that rare pairs meet.
"""
import json
import pathlib
import random
import sys

PAGE = 0x1000
HUGE = 0x200000


class Mixture:
    """One scenario in the making."""

    def __init__(self, kind, seed):
        self.random = random.Random(f"{kind}-{seed}")
        self.kind, self.seed = kind, seed
        self.steps = []
        self.child = False
        self.base, self.pages = 0, 16
        self.files = []
        self.huge = False

    def add(self, op, process="parent", **arguments):
        self.steps.append({"process": process, "op": op, "args": {
            k: hex(v) if k in ("addr", "length", "oldLength", "newLength", "newAddr", "offset", "fileOffset", "size")
            and not isinstance(v, str) else v for k, v in arguments.items()}})

    def chance(self, percent):
        return self.random.randrange(100) < percent

    def pick(self, *choices):
        return self.random.choice(choices)

    def span(self, most=6):
        """A range of pages in the window; huge windows like whole and half huge pages too."""
        if self.huge and self.chance(45):
            at = self.random.randrange(self.pages // 512) * HUGE
            count = self.random.randrange(1, self.pages // 512 - at // HUGE + 1) * HUGE
            if self.chance(30):
                half = self.pick(HUGE // 2, 64 * PAGE, PAGE)
                return (self.base + at + half, count - half) if self.chance(50) else (self.base + at, count - half)
            return self.base + at, count
        first = self.random.randrange(self.pages)
        count = self.random.randrange(1, min(most if not self.chance(15) else self.pages, self.pages - first) + 1)
        return self.base + first * PAGE, count * PAGE

    def prot(self):
        return self.pick("rw", "rw", "r", "r", "none")

    # What one random step may be; a number is its weight.

    def do_write(self):
        addr, length = self.span(5)
        self.add("write", self.who(), addr=addr, value=self.random.randrange(1, 256), length=min(length, 8 * PAGE))

    def do_read(self):
        addr, length = self.span(4)
        self.add("read", self.who(), addr=addr, length=min(length, 8 * PAGE))

    def who(self):
        return "child" if self.child and self.chance(25) else "parent"

    def advise(self, advice):
        addr, length = self.span()
        self.add("madvise", addr=addr, length=length, advice=advice)

    def do_dontneed(self):
        self.advise("DONTNEED")

    def do_free(self):
        self.advise("FREE")

    def do_cold(self):
        self.advise("COLD")

    def do_pageout(self):
        self.advise("PAGEOUT")

    def do_populate(self):
        self.advise(self.pick("POPULATE_READ", "POPULATE_WRITE"))

    def do_flags(self):
        self.advise(self.pick("DONTFORK", "DOFORK", "WIPEONFORK", "KEEPONFORK", "SEQUENTIAL", "NORMAL", "RANDOM"))

    def do_remove(self):
        self.advise("REMOVE")

    def do_mprotect(self):
        addr, length = self.span()
        self.add("mprotect", addr=addr, length=length, prot=self.prot())

    def do_munmap(self):
        addr, length = self.span(4)
        self.add("munmap", addr=addr, length=length)

    def do_mmap(self):
        addr, length = self.span()
        flags = self.pick("private,anon,fixed", "private,anon,fixed", "private,anon,fixed", "shared,anon,fixed")
        if self.chance(15):
            flags += ",populate"
        self.add("mmap", addr=addr, length=length, prot=self.pick("rw", "rw", "rw", "r"), flags=flags)
        if self.huge and self.chance(70):
            self.add("madvise", addr=addr, length=length, advice="HUGEPAGE")

    def do_mremap(self):
        addr, length = self.span(4)
        way = self.random.randrange(10)
        if way < 2:
            self.add("mremap", addr=addr, oldLength=length, newLength=max(PAGE, length - PAGE * self.random.randrange(1, 4)))
        elif way < 4:
            self.add("mremap", addr=addr, oldLength=length, newLength=length + PAGE * self.random.randrange(1, 4))
        else:
            other, _ = self.span(4)
            if self.chance(35):
                other = self.base + self.pages * PAGE + self.random.randrange(4) * (HUGE if self.huge else 8 * PAGE)
            flags = "maymove,fixed,dontunmap" if self.chance(25) else "maymove,fixed"
            self.add("mremap", addr=addr, oldLength=length, newLength=length, flags=flags, newAddr=other)

    def do_lock(self):
        addr, length = self.span()
        self.add(self.pick("mlock", "munlock", "munlock", "mlock_onfault"), addr=addr, length=length)

    def do_clear_refs(self):
        self.add("clear_refs", value=self.pick(1, 4, 4))

    def do_fork(self):
        if self.child:
            self.add("exit", "child")
            self.child = False
        else:
            self.add("fork")
            self.child = True
            if self.kind == "both":
                self.add("register", "child")

    def do_move_pages(self):
        addr, length = self.span(4)
        self.add("move_pages", addr=addr, length=min(length, 16 * PAGE), node=self.random.randrange(2))

    def do_mbind(self):
        addr, length = self.span()
        self.add("mbind", addr=addr, length=length, mode="bind", nodeMask=self.pick("1", "2"), flags=self.pick("0", "2", "6"))

    def do_process_madvise(self):
        addr, length = self.span()
        self.add("process_madvise", addr=addr, length=length, advice=self.pick("COLD", "PAGEOUT"))

    def do_memwrite(self):
        addr, _ = self.span(1)
        self.add("memwrite", addr=addr, value=self.random.randrange(1, 256))

    def do_swapoff(self):
        self.add("swapoff")

    def do_collapse(self):
        if self.huge and self.chance(70):
            at = self.random.randrange(self.pages // 512) * HUGE
            self.add("madvise", addr=self.base + at, length=HUGE, advice="COLLAPSE")
        else:
            self.advise("COLLAPSE")

    def do_hugepage(self):
        self.advise(self.pick("HUGEPAGE", "HUGEPAGE", "NOHUGEPAGE"))

    def do_split_huge(self):
        addr, length = self.span()
        self.add("split_huge", addr=addr, length=length)

    # Files.

    def file_span(self):
        pages = self.files[0][1]
        first = self.random.randrange(pages)
        return first * PAGE, self.random.randrange(1, min(6, pages - first) + 1) * PAGE

    def do_fwrite(self):
        offset, length = self.file_span()
        self.add("fwrite", file="f", offset=offset, length=length, value=self.random.randrange(1, 256))

    def do_ftruncate(self):
        self.add("ftruncate", file="f", size=self.random.randrange(1, self.files[0][1] + 1) * PAGE)

    def do_punch(self):
        offset, length = self.file_span()
        mode = self.pick("punch", "punch", "punch", "zero", "collapse") if self.files[0][0] == "ext4" else "punch"
        self.add("fallocate", file="f", mode=mode, offset=offset, length=length)

    def do_fsync(self):
        if self.chance(50):
            self.add("fsync", file="f")
        else:
            addr, length = self.span()
            self.add("msync", addr=addr, length=length, flags="sync")

    def do_fadvise(self):
        offset, length = self.file_span()
        self.add("fadvise_dontneed", file="f", offset=offset, length=length)

    def do_file_map(self):
        addr, length = self.span()
        offset, _ = self.file_span()
        self.add("mmap", addr=addr, length=length, prot=self.pick("rw", "rw", "r"),
                 flags=self.pick("shared,fixed", "private,fixed"), file="f", fileOffset=offset)

    # userfaultfd.

    def do_wp(self):
        addr, length = self.span()
        self.add("uffd_wp", addr=addr, length=length, protect=self.pick(0, 1, 1))

    def do_copy(self):
        addr, length = self.span(3)
        if self.chance(70):
            self.add("uffd_copy", addr=addr, length=min(length, 4 * PAGE), value=self.random.randrange(1, 256))
        else:
            self.add("uffd_zeropage", addr=addr, length=min(length, 4 * PAGE))

    # Merging.

    def do_same(self):
        addr, length = self.span(3)
        self.add("write", self.who(), addr=addr, value=7, length=min(length, 4 * PAGE))

    def do_ksm(self):
        self.add("ksm", passes=3)

    def do_mergeable(self):
        self.advise(self.pick("MERGEABLE", "MERGEABLE", "UNMERGEABLE"))


COMMON = {"write": 16, "read": 7, "dontneed": 6, "mprotect": 6, "munmap": 3, "mmap": 4, "mremap": 4, "fork": 5,
          "clear_refs": 2, "cold": 2, "free": 3, "pageout": 3, "lock": 2, "move_pages": 2, "populate": 2, "flags": 2,
          "mbind": 1, "process_madvise": 1, "memwrite": 1}
FILE = {"fwrite": 3, "ftruncate": 2, "punch": 3, "fsync": 3, "fadvise": 1, "file_map": 3, "remove": 1}


def anon(m):
    m.base, m.pages = m.random.randrange(0, 5) * 0x10000, m.pick(16, 16, 24, 40)
    m.add("mmap", addr=m.base, length=m.pages * PAGE, prot="rw", flags="private,anon")
    return COMMON


def mixed(m):
    anon(m)
    half = m.random.randrange(4, m.pages - 3) * PAGE
    m.add("mmap", addr=m.base + half, length=m.pages * PAGE - half, prot="rw", flags="shared,anon,fixed")
    return dict(COMMON, remove=2)


def file(m):
    m.base, m.pages = m.random.randrange(0, 5) * 0x10000, 16
    system = m.pick("ext4", "ext4", "ext4", "tmpfs", "memfd")
    m.files.append((system, 16))
    m.add("file", file="f", filesystem=system, size=0x10000)
    m.add("fwrite", file="f", offset=0, length=m.pick(0x10000, 0x10000, 0x6000), value=7)
    split = m.random.randrange(4, 13) * PAGE
    first = m.pick("shared", "private")
    m.add("mmap", addr=m.base, length=split, prot="rw", flags=first, file="f", fileOffset=0)
    m.add("mmap", addr=m.base + split, length=0x10000 - split, prot=m.pick("rw", "r"),
          flags="private" if first == "shared" else "shared", file="f", fileOffset=m.pick(0, split))
    weights = dict(COMMON, **FILE)
    for name in ("free", "move_pages", "mbind"):
        weights[name] = 1
    return weights


def thp(m):
    m.huge, m.base, m.pages = True, m.pick(0, 1, 2) * HUGE, m.pick(512, 1024, 1024, 1536)
    m.add("mmap", addr=m.base, length=m.pages * PAGE, prot="rw", flags="private,anon")
    m.add("madvise", addr=m.base, length=m.pages * PAGE, advice="HUGEPAGE")
    return dict(COMMON, collapse=5, hugepage=2, split_huge=2, write=20)


def thp_file(m):
    m.huge, m.base, m.pages = True, m.pick(1, 2) * HUGE, m.pick(512, 1024)
    m.files.append(("tmpfs", m.pages))
    m.add("file", file="f", filesystem="tmpfs", size=m.pages * PAGE)
    m.add("mmap", addr=m.base, length=m.pages * PAGE, prot="rw", flags=m.pick("shared", "shared", "private"), file="f", fileOffset=0)
    m.add("madvise", addr=m.base, length=m.pages * PAGE, advice="HUGEPAGE")
    weights = dict(COMMON, punch=3, collapse=3, ftruncate=1, fwrite=1, hugepage=1)
    for name in ("mmap", "free", "mbind"):
        weights[name] = 1
    return weights


def swap(m):
    anon(m)
    if m.chance(30):
        m.add("mmap", addr=m.base, length=m.pages // 2 * PAGE, prot="rw", flags="shared,anon,fixed")
    m.add("write", addr=m.base, value=9, length=m.pages * PAGE)
    return {"write": 8, "read": 8, "pageout": 10, "fork": 6, "dontneed": 3, "mprotect": 4, "mremap": 4, "munmap": 2,
            "swapoff": 1, "process_madvise": 2, "cold": 2, "free": 3, "move_pages": 2, "lock": 2, "populate": 2,
            "clear_refs": 1, "mbind": 1}


def userfault(m):
    anon(m)
    if m.chance(25):
        m.add("mmap", addr=m.base, length=m.pages * PAGE, prot="rw", flags="shared,anon,fixed")
    m.add("uffd_open")
    if m.chance(60):
        m.add("write", addr=m.base, value=3, length=m.random.randrange(1, m.pages) * PAGE)
    addr, length = (m.base, m.pages * PAGE) if m.chance(60) else m.span()
    m.add("uffd_register", addr=addr, length=length, mode=m.pick("wp", "missing,wp", "missing"))
    return {"write": 14, "read": 8, "wp": 9, "copy": 6, "dontneed": 4, "mprotect": 4, "fork": 4, "munmap": 2,
            "mremap": 3, "pageout": 3, "free": 1, "clear_refs": 1, "move_pages": 1}


def ksm(m):
    anon(m)
    m.add("madvise", addr=m.base, length=m.pages * PAGE, advice="MERGEABLE")
    return {"same": 10, "write": 5, "read": 3, "ksm": 4, "mergeable": 2, "dontneed": 3, "fork": 4, "mprotect": 3,
            "munmap": 2, "mremap": 2, "pageout": 1, "move_pages": 1, "clear_refs": 1}


def hugetlb(m):
    m.huge, m.base, m.pages = True, HUGE, 2048
    if m.chance(50):
        m.add("mmap", addr=m.base, length=m.pages * PAGE, prot="rw", flags="private,anon,hugetlb")
    else:
        m.files.append(("hugetlb", m.pages))
        m.add("file", file="f", filesystem="hugetlb", size=m.pages * PAGE)
        m.add("mmap", addr=m.base, length=m.pages * PAGE, prot="rw", flags=m.pick("shared", "private"), file="f", fileOffset=0)
    m.aligned = True
    return {"write": 14, "read": 6, "dontneed": 4, "mprotect": 6, "munmap": 2, "mremap": 3, "fork": 6, "lock": 1,
            "clear_refs": 1}


KINDS = {"anon": anon, "mixed": mixed, "file": file, "thp": thp, "thp-file": thp_file, "swap": swap, "uffd": userfault,
         "ksm": ksm, "hugetlb": hugetlb, "both": anon, "interval": anon, "smp": anon, "smp-thp": thp, "smp-file": file}


def align(step):
    """hugetlb mappings are made and cut in whole huge pages."""
    for key in ("addr", "length", "oldLength", "newLength", "newAddr"):
        if step["op"] not in ("write", "read") and key in step["args"]:
            value = int(step["args"][key], 16)
            step["args"][key] = hex(max(value // HUGE * HUGE, HUGE if "ength" in key else 0))


def mixture(kind, seed):
    m = Mixture(kind, seed)
    weights = dict(KINDS[kind](m))
    names = list(weights)
    for name in names:
        if name not in ("write", "read", "same", "ksm", "wp") and m.chance(30):
            weights[name] = 0
    for name in m.random.sample(names, 3):
        weights[name] *= 3
    m.add("register")
    if kind.startswith("smp"):
        m.add("cpu", value=1)
        m.add("cpu", value=0)
    if kind == "interval":
        for i in range(m.random.randrange(1, 5)):
            addr, length = m.span()
            m.add("interval_add", index=i, addr=addr, length=length)
    for _ in range(m.pick(10, 14, 18, 25, 40)):
        getattr(m, "do_" + m.random.choices(names, [weights[n] for n in names])[0])()
    if m.child:
        m.add("exit", "child")
    if m.chance(60):
        m.add("munmap", addr=m.base, length=m.pages * PAGE)
    if kind == "hugetlb":
        for step in m.steps:
            align(step)
    return {"name": f"mix-{kind}-{seed}", "group": "random", "about": f"random mixture, {kind}, seed {seed}",
            "steps": [dict(n=i + 1, **step) for i, step in enumerate(m.steps)]}


def main():
    folder = pathlib.Path(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    first = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    kinds = sys.argv[4].split(",") if len(sys.argv) > 4 else [k for k in KINDS if not k.startswith("smp")]
    folder.mkdir(parents=True, exist_ok=True)
    for kind in kinds:
        for seed in range(first, first + count):
            scenario = mixture(kind, seed)
            path = folder / (scenario["name"] + ".json")
            path.write_text(json.dumps(scenario, indent=1) + "\n")


if __name__ == "__main__":
    main()
