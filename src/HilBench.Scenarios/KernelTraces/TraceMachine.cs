using HilBench.Journal;
using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Scenarios.KernelTraces;

/// <summary>The machine on which the steps of a trace run: one modelled kernel, its processes and files.</summary>
internal sealed class TraceMachine : IClock
{
    private const long MemoryBytes = 256 << 20;

    public TraceMachine(KernelTrace trace, KernelProfile profile)
    {
        Trace = trace;
        Journal = new EventJournal(this, 8);
        Kernel = new Kernel(profile.AsKernel(), new PhysicalMemory(MemoryBytes), Journal);
        var parent = Kernel.CreateAddressSpace();
        Processes["parent"] = parent;

        // The program itself lies in the same 512 GiB, so the tables above the region's are never freed.
        parent.Mmap(4096, Protection.Read | Protection.Execute, at: new(0x40_0000)).RunToEnd();
        parent.Read(new(0x40_0000), 1).RunToEnd();
    }

    /// <summary>A trace has no time.</summary>
    public ulong Now => 0;

    /// <summary>What is replayed.</summary>
    public KernelTrace Trace { get; }

    /// <summary>Everything that happens.</summary>
    public EventJournal Journal { get; }

    /// <summary>The engine.</summary>
    public Kernel Kernel { get; }

    /// <summary>The callbacks of the present step, in order.</summary>
    public List<TraceCallback> Calls { get; } = [];

    /// <summary>Parent and child.</summary>
    public SortedDictionary<string, AddressSpace> Processes { get; } = new(StringComparer.Ordinal);

    /// <summary>The notifiers of each process.</summary>
    public Dictionary<string, List<INotifierClient>> Clients { get; } = [];

    /// <summary>Interval notifiers by process and index.</summary>
    public Dictionary<(string Process, int Index), IntervalSubscription> Intervals { get; } = [];

    /// <summary>The files by their names in the trace.</summary>
    public Dictionary<string, MemoryFile> Files { get; } = [];

    /// <summary>What the userfaultfd that was opened last can do.</summary>
    public VmaFlags UffdFeatures { get; set; }

    /// <summary>The breakpoint that was set last.</summary>
    public (MemoryFile File, ulong Offset)? Uprobe { get; set; }

    /// <summary>Pages that each process's driver pinned.</summary>
    public Dictionary<string, List<PhysicalAddress>> Pinned { get; } = [];

    /// <summary>Where each process runs; CPU 0 where nothing is noted.</summary>
    public Dictionary<string, ulong> CpuOf { get; } = [];

    /// <summary>Leaves out the callbacks of memory outside the region, as the recorder does.</summary>
    public void KeepsRegionOnly() => Calls.RemoveAll(call =>
        (call.Start is "below" or "above" && call.End is "below" or "above")
        || (call.Start == "below" && call.End == "0x0") || (call.Start is not null && call.End is "below"));

    /// <summary>The process of the step.</summary>
    public AddressSpace MmOf(TraceStep step) => Process(step.Process);

    /// <summary>The process of that name.</summary>
    /// <exception cref="FormatException">There is none.</exception>
    public AddressSpace Process(string name) =>
        Processes.TryGetValue(name, out var mm) ? mm : throw new FormatException($"there is no process '{name}' yet");

    /// <summary>A file of the step.</summary>
    /// <exception cref="FormatException">There is none of that name.</exception>
    public MemoryFile FileOf(TraceStep step, string argument = "file") =>
        Files.TryGetValue(step.Text(argument), out var file) ? file
        : throw new FormatException($"there is no file '{step.Text(argument)}' yet");

    /// <summary>An address of the step.</summary>
    public VirtualAddress AddressOf(TraceStep step, string argument = "addr") =>
        new(Trace.Region.Start + step.Number(argument));

    /// <summary>The range of the step.</summary>
    public VirtualRange RangeOf(TraceStep step) => VirtualRange.OfSize(AddressOf(step), step.Number("length"));

    /// <summary>The mappings within the region.</summary>
    public IEnumerable<TraceVma> VmasOf(AddressSpace mm)
    {
        var region = Trace.Region;
        foreach (var vma in mm.Vmas.Where(vma =>
            vma.Range.Start.Value >= region.Start && vma.Range.Start.Value < region.Start + region.Bytes))
        {
            var isFile = vma.File is not null || vma.Flags.HasFlag(VmaFlags.Hugetlb);
            yield return new(
                $"0x{vma.Range.Start.Value - region.Start:x}", $"0x{vma.Range.End.Value - region.Start:x}",
                Permissions(vma), $"0x{(isFile ? vma.PageOffset << 12 : 0):x}", Backing(vma));
        }
    }

    private static string Permissions(Vma vma) =>
        (vma.Protection.HasFlag(Protection.Read) ? "r" : "-") + (vma.Protection.HasFlag(Protection.Write) ? "w" : "-")
        + (vma.Protection.HasFlag(Protection.Execute) ? "x" : "-") + (vma.IsShared ? "s" : "p");

    private static string Backing(Vma vma) =>
        vma.File?.Kind == FileKind.Hugetlb ? "file" : vma.Flags.HasFlag(VmaFlags.Hugetlb) ? "hugetlb" : vma.File is null ? "anon"
        : vma.File.Name == "shared memory" ? "shmem" : "file";
}
