using System.Text.Json;
using HilBench.Notifiers;

namespace HilBench.Memory.Tests.KernelTraces;

/// <summary>Translates the steps of a trace into the engine's operations.</summary>
internal sealed class TraceSteps
{
    internal const NotifierCallbacks Ranges =
        NotifierCallbacks.InvalidateRangeStart | NotifierCallbacks.InvalidateRangeEnd
        | NotifierCallbacks.ChangePte | NotifierCallbacks.Young | NotifierCallbacks.Release;

    private readonly Kernel _kernel;
    private readonly KernelTrace _trace;
    private readonly List<TraceCallback> _calls;
    private readonly Dictionary<string, AddressSpace> _processes = [];
    private readonly Dictionary<string, List<INotifierClient>> _clients = [];
    private readonly Dictionary<string, MemoryFile> _files = [];
    private readonly Dictionary<FrameIdentity, int> _nodeOf = [];
    private readonly Dictionary<(string Process, int Index), IntervalSubscription> _intervals = [];
    private TraceStep _step = null!;

    public TraceSteps(Kernel kernel, KernelTrace trace, List<TraceCallback> calls)
    {
        _kernel = kernel;
        _trace = trace;
        _calls = calls;
        var parent = kernel.CreateAddressSpace();
        _processes["parent"] = parent;

        // The program itself lies in the same 512 GiB, so the tables above the region's are never freed.
        parent.Mmap(4096, Protection.Read | Protection.Execute, at: new(0x40_0000)).RunToEnd();
        parent.Read(new(0x40_0000), 1).RunToEnd();
    }

    public IReadOnlyDictionary<string, AddressSpace> Processes => _processes;

    public IReadOnlyList<NotifierFinding> Findings => _kernel.Validator.Findings;

    public IEnumerable<string> VmasOf(AddressSpace mm)
    {
        foreach (var vma in mm.Vmas.Where(v => v.Range.Start.Value >= _trace.Region.Start))
        {
            var perms = (vma.Protection.HasFlag(Protection.Read) ? "r"
                : "-") + (vma.Protection.HasFlag(Protection.Write) ? "w" : "-")
                + (vma.Protection.HasFlag(Protection.Execute) ? "x" : "-") + (vma.IsShared ? "s" : "p");
            var backing = vma.Flags.HasFlag(VmaFlags.Hugetlb) ? "hugetlb" : vma.File is null ? "anon"
                : vma.File.Name == "shared memory" ? "shmem" : "file";
            var offset = vma.File is null && !vma.Flags.HasFlag(VmaFlags.Hugetlb) ? 0 : vma.PageOffset << 12;
            var (start, end) = (vma.Range.Start.Value - _trace.Region.Start, vma.Range.End.Value - _trace.Region.Start);
            yield return $"0x{start:x}-0x{end:x}"
                + $" {perms} 0x{offset:x} {backing}";
        }
    }

    /// <summary>Runs one step.</summary>
    /// <returns>The differences in its result.</returns>
    public IEnumerable<string> Run(TraceStep step)
    {
        _step = step;
        var mm = _processes[step.Process];
        return step.Op switch
        {
            "register" => Register(mm),
            "unregister" => Unregister(mm),
            "read" => Access(mm, isWrite: false),
            "write" => Access(mm, isWrite: true),
            "mmap" => Compare(Mmap(mm)),
            "munmap" => Compare(mm.Munmap(Range).RunToEnd()),
            "mprotect" => Compare(mm.Mprotect(Range, ProtectionOf(step.Text("prot"))).RunToEnd()),
            "madvise" => Madvise(mm),
            "fork" => Fork(mm),
            "mremap" => Mremap(mm),
            "split_huge" => Compare(mm.SplitHuge(Range).RunToEnd()),
            "move_pages" => MovePages(mm),
            "cpu" => RunOnCpu(mm),
            "file" => MakeFile(),
            "fwrite" => Compare(FileWrite(mm)),
            "fsync" => Compare(mm.FileSync(FileOf("file")).RunToEnd()),
            "msync" => Msync(mm),
            "ftruncate" => Compare(mm.FileTruncate(FileOf("file"), step.Number("size")).RunToEnd()),
            "fallocate" => Compare(Fallocate(mm)),
            "mbind" => Bind(mm),
            "khugepaged" => Khugepaged(mm),
            "ksm" => Ksm(mm),
            "ksm_unmerge" => Compare(mm.KsmUnmerge().RunToEnd()),
            "uffd_open" => [],
            "uffd_register" => Compare(mm.UffdRegister(Range, ModesOf(step.Text("mode"))).RunToEnd()),
            "uffd_unregister" => Compare(mm.UffdUnregister(Range).RunToEnd()),
            "uffd_wp" => Compare(mm.UffdWriteProtect(Range, step.Number("protect") != 0).RunToEnd()),
            "uffd_copy" => Compare(mm.UffdCopy(Range, PageOf(step.Number("value"))).RunToEnd()),
            "uffd_zeropage" => Compare(mm.UffdCopy(Range, page: null).RunToEnd()),
            "uffd_continue" => Compare(mm.UffdContinue(Range).RunToEnd()),
            "migrate_vma" => MigrateVma(mm),
            "process_madvise" => Madvise(mm),
            "migrate_pages" => MigratePages(mm),
            "remote_write" => Access(_processes["child"], isWrite: true),
            "exec" or "kill" => Compare(_processes["child"].Exit().RunToEnd()),
            "wait" => [],
            "interval_add" => AddInterval(mm),
            "interval_del" => RemoveInterval(mm),
            "clear_refs" => Compare(mm.ClearRefs((int)step.Number("value")).RunToEnd()),
            "mlock" => Compare(mm.Mlock(Range).RunToEnd()),
            "mlock_onfault" => Compare(mm.Mlock(Range, onFault: true).RunToEnd()),
            "munlock" => Compare(mm.Munlock(Range).RunToEnd()),
            "exit" => Compare(mm.Exit().RunToEnd()),
            _ => throw new StepNotModelledException(step.Op),
        };
    }

    private VirtualRange Range => RangeOf("addr", "length");

    private VirtualRange RangeOf(string address, string length) =>
        VirtualRange.OfSize(new(_trace.Region.Start + _step.Number(address)), _step.Number(length));

    private IEnumerable<string> Register(AddressSpace mm)
    {
        var variant = _step.Text("variant");
        var isMixed = !_kernel.Profile.RefusesMixedClients;
        var tlb = variant == "norange" ? 0 : NotifierCallbacks.InvalidateSecondaryTlb;
        var clients = new List<INotifierClient>();
        _clients[_step.Process] = clients;
        clients.Add(Recorder(mm, Ranges | (isMixed ? tlb : 0)));
        if (!isMixed && tlb != 0)
        {
            clients.Add(Recorder(mm, tlb));
        }

        foreach (var client in clients)
        {
            mm.Register(client).RunToEnd();
        }

        return [];
    }

    private TraceRecorder Recorder(AddressSpace mm, NotifierCallbacks callbacks)
    {
        var refuses = _step.Text("variant") == "eagain";
        return new(mm, _step.Process, _trace.Region, callbacks, _calls)
        {
            Step = () =>
            _step.N,
            RefusesNonBlockable = refuses
        };
    }

    private IEnumerable<string> Unregister(AddressSpace mm)
    {
        foreach (var client in _clients[_step.Process])
        {
            mm.Unregister(client).RunToEnd();
        }

        return [];
    }

    private IEnumerable<string> Madvise(AddressSpace mm)
    {
        var name = _step.Text("advice").Replace("_", "", StringComparison.Ordinal);
        return Enum.TryParse<Advice>(name, ignoreCase: true, out var advice)
            ? Compare(mm.Madvise(Range, advice).RunToEnd())
            : throw new StepNotModelledException($"madvise {name}");
    }

    private List<string> Mremap(AddressSpace mm)
    {
        var from = new VirtualAddress(_trace.Region.Start + _step.Number("addr"));
        var oldLength = _step.Number("oldLength");
        var flags = _step.Text("flags").Split(',');
        VirtualAddress? to = flags.Contains("fixed") ? new(_trace.Region.Start + _step.Number("newAddr")) : null;
        var op = oldLength == 0
            ? mm.MremapDuplicate(from, _step.Number("newLength"), to!.Value)
            : mm.Mremap(
                VirtualRange.OfSize(from, oldLength), _step.Number("newLength"), to, flags.Contains("dontunmap"));
        op.RunToEnd();
        var differences = Compare(op).ToList();
        if (op.Errno == 0 && _step.Result.TryGetValue("addr", out var address)
            && TraceNumber.Of(address) != op.Range.Start.Value - _trace.Region.Start)
        {
            differences.Add($"mremap returned {op.Range.Start}, the kernel {address}");
        }

        return differences;
    }

    private string[] MakeFile()
    {
        var kind = _step.Text("filesystem") switch
        {
            "ext4" => FileKind.Disk,
            "tmpfs" or "memfd" => FileKind.SharedMemory,
            var other => throw new StepNotModelledException($"file on {other}"),
        };
        _files[_step.Text("file")] = _kernel.CreateFile(_step.Text("filesystem"), _step.Number("size"), kind);
        return [];
    }

    private CpuOperation FileWrite(AddressSpace mm)
    {
        var bytes = new byte[_step.Number("length")];
        Array.Fill(bytes, (byte)_step.Number("value"));
        return mm.FileWrite(FileOf("file"), _step.Number("offset"), bytes).RunToEnd();
    }

    /// <summary>Each shared mapping of the range is synchronised; a hole makes it fail at the end.</summary>
    private List<string> Msync(AddressSpace mm)
    {
        var covered = 0UL;
        foreach (var vma in mm.Vmas.Where(vma => vma.Range.Overlaps(Range)))
        {
            var start = Math.Max(vma.Range.Start.Value, Range.Start.Value);
            var size = Math.Min(vma.Range.End.Value, Range.End.Value) - start;
            covered += size;
            if (vma.IsShared)
            {
                var offset = (vma.PageOffset << 12) + (start - vma.Range.Start.Value);
                mm.FileSync(vma.File!, offset, size).RunToEnd();
            }
        }

        var errno = _step.Result.TryGetValue("errno", out var value) ? value.GetString() : null;
        var hasHole = covered < ((Range.SizeBytes + 4095) & ~4095UL);
        return (errno == "ENOMEM") == hasHole ? [] : [$"msync: hole {hasHole}, the kernel {errno ?? "0"}"];
    }

    private CpuOperation Fallocate(AddressSpace mm) => _step.Text("mode") == "punch"
        ? mm.FilePunch(FileOf("file"), _step.Number("offset"), _step.Number("length")).RunToEnd()
        : throw new StepNotModelledException($"fallocate {_step.Text("mode")}");

    /// <summary>mbind to node 1, without or with moving what lies elsewhere.</summary>
    private string[] Bind(AddressSpace mm)
    {
        mm.Mbind(Range).RunToEnd();
        var flags = _step.Number("flags");
        for (var at = Range.Start; flags != 0 && at < Range.End; at = at.Add(4096))
        {
            MovePage(mm, at, node: 1, movesShared: flags == 6);
        }

        return [];
    }

    /// <summary>The count of passes rises at the end of one that was under way already: one more is seen.</summary>
    private string[] Khugepaged(AddressSpace mm)
    {
        for (var pass = 0UL; pass <= _step.Number("passes"); pass++)
        {
            mm.Khugepaged().RunToEnd();
        }

        return [];
    }

    private string[] Ksm(AddressSpace mm)
    {
        // The first scans only note checksums.
        for (var scan = 0; scan < 2; scan++)
        {
            mm.KsmScan().RunToEnd();
        }

        return [];
    }

    private static VmaFlags ModesOf(string text) =>
        (text.Contains("missing", StringComparison.Ordinal) ? VmaFlags.UffdMissing : 0)
        | (text.Contains("wp", StringComparison.Ordinal) ? VmaFlags.UffdWriteProtect : 0)
        | (text.Contains("minor", StringComparison.Ordinal) ? VmaFlags.UffdMinor : 0);

    private static byte[] PageOf(ulong value)
    {
        var page = new byte[4096];
        Array.Fill(page, (byte)value);
        return page;
    }

    private List<string> MigrateVma(AddressSpace mm)
    {
        var op = mm.MigrateVma(Range, owner: 1, aborts: _step.Text("flags") == "abort").RunToEnd();
        return [.. Compare(op)];
    }

    /// <summary>Every page of the process goes from node 0 to node 1.</summary>
    private string[] MigratePages(AddressSpace mm)
    {
        foreach (var vma in mm.Vmas.Where(vma => vma.Range.Start.Value >= _trace.Region.Start))
        {
            for (var at = vma.Range.Start; at < vma.Range.End; at = at.Add(4096))
            {
                MovePage(mm, at, node: 1);
            }
        }

        return [];
    }

    private string[] AddInterval(AddressSpace mm)
    {
        var index = (int)_step.Number("index");
        var recorder = new TraceIntervalRecorder(Recorder(mm, NotifierCallbacks.None), index);
        _intervals[(_step.Process, index)] = mm.Notifiers.Intervals.Insert(recorder, Range);
        return [];
    }

    private string[] RemoveInterval(AddressSpace mm)
    {
        _intervals.Remove((_step.Process, (int)_step.Number("index")), out var interval);
        var waits = mm.Notifiers.Intervals.Remove(interval!);
        Assert.That(waits, Is.Empty, "nothing runs that a removal would have to wait for");
        return [];
    }

    private string[] RunOnCpu(AddressSpace mm)
    {
        mm.HasRunOnSeveralCpus = true;
        return [];
    }

    /// <summary>Which node a page lies on is the replayer's knowledge: the engine has one kind of memory.</summary>
    private List<string> MovePages(AddressSpace mm)
    {
        var node = (int)_step.Number("node");
        var status = new List<int>();
        for (var at = Range.Start; at < Range.End; at = at.Add(4096))
        {
            status.Add(MovePage(mm, at, node));
        }

        var expected = _step.Result["nodes"].EnumerateArray().Select(value => value.GetInt32()).ToList();
        return expected.SequenceEqual(status) ? []
            : [$"move_pages told {string.Join(',', status)}, the kernel {string.Join(',', expected)}"];
    }

    private int MovePage(AddressSpace mm, VirtualAddress at, int node, bool movesShared = false)
    {
        if (!mm.Tables.TryWalk(at, out var walk))
        {
            var vma = mm.Vmas.FirstOrDefault(vma => vma.Range.Contains(at));
            var isHole = !mm.Tables.TryFind(at.Value, PageTables.PteShift, out var slot, out _)
                || mm.Tables.Read(slot).IsNone;
            var isOldAnswer = mm.Kernel.Profile.Version < 612 && vma?.File is null && isHole;
            return vma is null || isOldAnswer ? -14 : -2;
        }

        var page = walk.Translate(at);
        if ((mm.Kernel.Memory.FlagsOf(page) & FrameFlags.Zero) != 0)
        {
            return -14;
        }

        if (_nodeOf.GetValueOrDefault(mm.Kernel.Memory.IdentityOf(page)) != node)
        {
            if (mm.Kernel.Memory.MapCountOf(page) > 1 && !movesShared)
            {
                return -13;
            }

            mm.Migrate(VirtualRange.OfSize(at, 4096)).RunToEnd();
            mm.Tables.TryWalk(at, out walk);
            _nodeOf[mm.Kernel.Memory.IdentityOf(walk.Translate(at))] = node;
        }

        return node;
    }

    private IEnumerable<string> Fork(AddressSpace mm)
    {
        var op = mm.Fork().RunToEnd();
        _processes["child"] = op.Child!;
        return Compare(op);
    }

    private CpuOperation Mmap(AddressSpace mm)
    {
        var flags = _step.Text("flags").Split(',');
        var pageSize = flags.Contains("hugetlb") ? PageSizeHint.Hugetlb : PageSizeHint.Base;
        var file = _step.Args.ContainsKey("file") ? FileOf("file") : null;
        var request = (flags.Contains("shared") ? MapFlags.Shared : 0) | (flags.Contains("fixed") ? MapFlags.Fixed : 0)
            | (flags.Contains("populate") ? MapFlags.Populate : 0);
        return mm.Mmap(
            _step.Number("length"), ProtectionOf(_step.Text("prot")), request, Range.Start, pageSize, file,
            _step.Number("fileOffset", 0)).RunToEnd();
    }

    private MemoryFile FileOf(string argument) =>
        _files.TryGetValue(_step.Text(argument), out var file) ? file : throw new StepNotModelledException("file");

    private static Protection ProtectionOf(string letters) =>
        (letters.Contains('r', StringComparison.Ordinal) && letters != "none" ? Protection.Read : 0)
        | (letters.Contains('w', StringComparison.Ordinal) ? Protection.Write : 0)
        | (letters.Contains('x', StringComparison.Ordinal) ? Protection.Execute : 0);

    /// <summary>One byte of each page is loaded or stored, until one faults.</summary>
    private IEnumerable<string> Access(AddressSpace mm, bool isWrite)
    {
        var start = new VirtualAddress(_trace.Region.Start + _step.Number("addr"));
        var value = new[] { (byte)_step.Number("value", 0) };
        var length = _step.Number("length", 1);
        CpuOperation? last = null;
        for (var offset = 0UL; offset < length; offset += 4096)
        {
            last = (isWrite ? mm.Write(start.Add(offset), value) : mm.Read(start.Add(offset), 1)).RunToEnd();
            if (last.Signal != Signal.None)
            {
                break;
            }
        }

        return Compare(last!);
    }

    private IEnumerable<string> Compare(CpuOperation op)
    {
        var expected = _step.Result;
        var signal = expected.TryGetValue("signal", out var s) ? s.GetString() : null;
        var actual = op.Signal switch { Signal.Segv => "SIGSEGV", Signal.Bus => "SIGBUS", _ => null };
        if (signal != actual)
        {
            yield return $"{_step.Op} raised {actual ?? "nothing"}, the kernel {signal ?? "nothing"}";
        }

        var code = expected.TryGetValue("code", out var c) ? c.GetString() : null;
        var actualCode = (op.Signal, op.SignalCode) switch
        {
            (Signal.Segv, 1) => "MAPERR",
            (Signal.Segv, 2) => "ACCERR",
            (Signal.Bus, 2) => "ADRERR",
            _ => null,
        };
        if (code != actualCode)
        {
            yield return $"{_step.Op} raised code {actualCode}, the kernel {code}";
        }

        var errno = expected.TryGetValue("errno", out var e) ? e.GetString() : null;
        var actualErrno = op.Errno switch
        {
            0 =>
            null,
            -11 => "EAGAIN",
            -12 => "ENOMEM",
            -14 => "EFAULT",
            -22 => "EINVAL",
            _ => $"{op.Errno}"
        };
        if (errno != actualErrno && op.Signal == Signal.None)
        {
            yield return $"{_step.Op} returned {actualErrno ?? "0"}, the kernel {errno ?? "0"}";
        }

        if (expected.TryGetValue("value", out JsonElement v) && op.Bytes.Length > 0 && v.GetInt32() != op.Bytes.Span[0])
        {
            yield return $"{_step.Op} read {op.Bytes.Span[0]}, the kernel {v}";
        }
    }
}
