using HilBench.Memory;

namespace HilBench.Scenarios.KernelTraces.Steps;

/// <summary>Steps on files.</summary>
internal static class FileSteps
{
    private const int NoMemory = -12;

    public static void AddTo(StepTable table)
    {
        table.Add("file", MakeFile);
        table.Add("fwrite", Write);
        table.Add("fread", Read);
        table.Add("fsync", (machine, step) => StepOutcome.Of(machine.MmOf(step).FileSync(machine.FileOf(step)).RunToEnd()));
        table.Add("msync", Msync);
        table.Add("ftruncate", (machine, step) =>
            StepOutcome.Of(machine.MmOf(step).FileTruncate(machine.FileOf(step), step.Number("size")).RunToEnd()));
        table.Add("fallocate", Fallocate);
        table.Add("drop_caches", DropCaches);
        table.Add("fadvise_dontneed", (machine, step) => StepOutcome.Of(machine.MmOf(step).FileAdviseDontNeed(
            machine.FileOf(step), step.Number("offset"), step.Number("length")).RunToEnd()));
        table.Add("remap_file_pages", (machine, step) => StepOutcome.Of(machine.MmOf(step).RemapFilePages(
            machine.RangeOf(step), step.Number("pageOffset")).RunToEnd()));
    }

    private static StepOutcome MakeFile(TraceMachine machine, TraceStep step)
    {
        var filesystem = step.Text("filesystem");
        var kind = filesystem switch
        {
            "ext4" => FileKind.Disk,
            "tmpfs" or "memfd" => FileKind.SharedMemory,
            "hugetlb" => FileKind.Hugetlb,
            _ => throw new StepNotModelledException($"file on {filesystem}"),
        };
        machine.Files[step.Text("file")] = machine.Kernel.CreateFile(
            filesystem, step.Number("size"), kind, givesHugePages: filesystem == "tmpfs");
        return StepOutcome.Ok;
    }

    private static StepOutcome Write(TraceMachine machine, TraceStep step)
    {
        var bytes = new byte[step.Number("length")];
        Array.Fill(bytes, (byte)step.Number("value"));
        return StepOutcome.Of(
            machine.MmOf(step).FileWrite(machine.FileOf(step), step.Number("offset"), bytes).RunToEnd());
    }

    /// <summary>The value is the last byte that was read; there is none behind the end.</summary>
    private static StepOutcome Read(TraceMachine machine, TraceStep step)
    {
        var op = machine.MmOf(step).FileRead(
            machine.FileOf(step), step.Number("offset", 0), (int)step.Number("length", 1)).RunToEnd();
        return op.Bytes.IsEmpty ? StepOutcome.Of(op) : StepOutcome.Of(op) with { Value = op.Bytes.Span[^1] };
    }

    /// <summary>Each shared mapping of the range is synchronised; a hole makes it fail at the end.</summary>
    private static StepOutcome Msync(TraceMachine machine, TraceStep step)
    {
        var mm = machine.MmOf(step);
        var range = machine.RangeOf(step);
        var covered = 0UL;
        foreach (var vma in mm.Vmas.Where(vma => vma.Range.Overlaps(range)))
        {
            var start = Math.Max(vma.Range.Start.Value, range.Start.Value);
            var size = Math.Min(vma.Range.End.Value, range.End.Value) - start;
            covered += size;
            if (vma.IsShared)
            {
                var offset = (vma.PageOffset << 12) + (start - vma.Range.Start.Value);
                mm.FileSync(vma.File!, offset, size).RunToEnd();
            }
        }

        return covered < ((range.SizeBytes + 4095) & ~4095UL) ? StepOutcome.Failed(NoMemory) : StepOutcome.Ok;
    }

    private static StepOutcome Fallocate(TraceMachine machine, TraceStep step)
    {
        var (mm, file) = (machine.MmOf(step), machine.FileOf(step));
        var (offset, length) = (step.Number("offset"), step.Number("length"));
        return StepOutcome.Of(step.Text("mode") switch
        {
            "punch" => mm.FilePunch(file, offset, length).RunToEnd(),
            "collapse" => mm.FileCollapse(file, offset, length).RunToEnd(),
            "insert" => mm.FileInsert(file, offset, length).RunToEnd(),
            "zero" => mm.FileZero(file, offset, length).RunToEnd(),
            "alloc" or "keep" => mm.FileReserve(file, offset, length, step.Text("mode") == "keep").RunToEnd(),
            var mode => throw new StepNotModelledException($"fallocate {mode}"),
        });
    }

    /// <summary>1 and 3 drop the page cache; 2 only what the kernel itself keeps.</summary>
    private static StepOutcome DropCaches(TraceMachine machine, TraceStep step) =>
        (step.Number("value") & 1) == 0 ? StepOutcome.Ok : StepOutcome.Of(machine.MmOf(step).DropCaches().RunToEnd());
}
