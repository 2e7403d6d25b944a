using HilBench.Notifiers;

namespace HilBench.Memory.Tests;

/// <summary>uprobes: a breakpoint exchanges a page of code, and a device must not mix the two versions.</summary>
[TestFixtureSource(typeof(DeviceBench), nameof(DeviceBench.Profiles))]
public sealed class UprobeTests(string profile)
{
    private const byte Nop = 0x90;

    [Test]
    public void A_breakpoint_gives_the_mapping_its_own_page_and_leaves_the_file_alone()
    {
        var bench = new DeviceBench(profile);
        var (file, range) = MapCode(bench);

        bench.Mm.UprobeAdd(file, 0x1008).RunToEnd();

        Assert.That(bench.Mm.Read(range.Start.Add(0x1008), 1).RunToEnd().Bytes.Span[0], Is.EqualTo(0xCC));
        Assert.That(bench.Mm.Read(range.Start.Add(0x1007), 1).RunToEnd().Bytes.Span[0], Is.EqualTo(Nop));
        Assert.That(bench.FrameAt(range.Start.Add(0x1000)), Is.Not.EqualTo(file.Pages[1]));
        Assert.That(bench.Kernel.Memory.ReadUInt64(PhysicalAddress.OfFrame(file.Pages[1]).Add(8)) & 0xFF,
            Is.EqualTo(Nop));
    }

    [Test]
    public void A_breakpoint_goes_into_a_mapping_that_may_not_be_accessed()
    {
        var bench = new DeviceBench(profile);
        var (file, range) = MapCode(bench);
        bench.Mm.Mprotect(range, Protection.None).RunToEnd();

        bench.Mm.UprobeAdd(file, 0x1008).RunToEnd();

        bench.Mm.Mprotect(range, Protection.Read | Protection.Execute).RunToEnd();
        Assert.That(bench.Mm.Read(range.Start.Add(0x1008), 1).RunToEnd().Bytes.Span[0], Is.EqualTo(0xCC));
    }

    [Test]
    public void The_secondary_TLB_is_invalidated_before_the_new_page_and_by_6_1_once_more_at_the_end()
    {
        var bench = new DeviceBench(profile);
        var (file, _) = MapCode(bench);
        bench.Register();

        bench.Mm.UprobeAdd(file, 0x1000).RunToEnd();

        string[] expected = bench.TellsAtEnd
            ? ["start 0x1000 0x2000 Clear", "inv 0x1000 0x2000", "inv 0x1000 0x2000", "end 0x1000 0x2000"]
            : ["start 0x1000 0x2000 Clear", "inv 0x1000 0x2000", "end 0x1000 0x2000"];
        Assert.That(bench.Calls, Is.EqualTo(expected));
        Assert.That(bench.Kernel.Validator.Findings, Is.Empty);
    }

    [Test]
    public void No_device_can_translate_the_page_between_the_invalidation_and_the_new_entry()
    {
        var bench = new DeviceBench(profile);
        var (file, range) = MapCode(bench);
        var old = bench.FrameAt(range.Start.Add(0x1000));
        bench.Register();
        var op = bench.Mm.UprobeAdd(file, 0x1000);

        var seen = new List<ulong>();
        while (op.Steps.MoveNext())
        {
            seen.Add(bench.Calls.Contains("inv 0x1000 0x2000") ? bench.FrameAt(range.Start.Add(0x1000)) : old);
        }

        Assert.That(seen.SkipWhile(frame => frame == old), Has.None.EqualTo(old));
        Assert.That(seen, Has.Some.EqualTo(0UL));
    }

    [Test]
    public void Removing_the_breakpoint_gives_the_file_page_back_at_the_next_access()
    {
        var bench = new DeviceBench(profile);
        var (file, range) = MapCode(bench);
        bench.Mm.UprobeAdd(file, 0x1008).RunToEnd();

        bench.Mm.UprobeRemove(file, 0x1008).RunToEnd();

        Assert.That(bench.FrameAt(range.Start.Add(0x1000)), Is.Zero);
        Assert.That(bench.Mm.Read(range.Start.Add(0x1008), 1).RunToEnd().Bytes.Span[0], Is.EqualTo(Nop));
        Assert.That(bench.FrameAt(range.Start.Add(0x1000)), Is.EqualTo(file.Pages[1]));
    }

    [Test]
    public void A_mapping_made_after_the_breakpoint_was_set_gets_it_too()
    {
        var bench = new DeviceBench(profile);
        var (file, _) = MapCode(bench);
        bench.Mm.UprobeAdd(file, 0x1008).RunToEnd();

        var later = bench.Map(4, Protection.Read | Protection.Execute, file);

        Assert.That(bench.Mm.Read(later.Start.Add(0x1008), 1).RunToEnd().Bytes.Span[0], Is.EqualTo(0xCC));
    }

    [Test]
    public void A_shared_mapping_and_a_writable_one_get_no_breakpoint()
    {
        var bench = new DeviceBench(profile);
        var file = CodeFile(bench);
        var shared = bench.Map(4, Protection.Read, file, MapFlags.Shared);
        var writable = bench.Map(4, Protection.ReadWrite, file);

        bench.Mm.UprobeAdd(file, 0x1008).RunToEnd();

        Assert.That(bench.Mm.Read(shared.Start.Add(0x1008), 1).RunToEnd().Bytes.Span[0], Is.EqualTo(Nop));
        Assert.That(bench.Mm.Read(writable.Start.Add(0x1008), 1).RunToEnd().Bytes.Span[0], Is.EqualTo(Nop));
    }

    [Test]
    public void A_child_keeps_the_breakpoint_until_it_is_removed_everywhere()
    {
        var bench = new DeviceBench(profile);
        var (file, range) = MapCode(bench);
        bench.Mm.UprobeAdd(file, 0x1008).RunToEnd();
        var child = bench.Mm.Fork().RunToEnd().Child!;

        Assert.That(child.Read(range.Start.Add(0x1008), 1).RunToEnd().Bytes.Span[0], Is.EqualTo(0xCC));
        bench.Mm.UprobeRemove(file, 0x1008).RunToEnd();

        Assert.That(child.Read(range.Start.Add(0x1008), 1).RunToEnd().Bytes.Span[0], Is.EqualTo(Nop));
    }

    private static MemoryFile CodeFile(DeviceBench bench)
    {
        var file = bench.Kernel.CreateFile("code", 4 * 4096, FileKind.Disk);
        var code = new byte[4 * 4096];
        Array.Fill(code, Nop);
        bench.Mm.FileWrite(file, 0, code).RunToEnd();
        return file;
    }

    private static (MemoryFile File, VirtualRange Range) MapCode(DeviceBench bench)
    {
        var file = CodeFile(bench);
        var range = bench.Map(4, Protection.Read | Protection.Execute, file);
        bench.Mm.Read(range.Start, 4 * 4096).RunToEnd();
        return (file, range);
    }
}
