using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Checking.Tests;

/// <summary>Stores that do not go through a mapping, and pages of which each has its own permissions.</summary>
public sealed class UntoldStoreTests
{
    private const ulong Old = 0x1111_1111_2222_2222;

    [Test]
    public void A_read_that_began_before_a_write_system_call_may_return_what_the_file_held_before()
    {
        var (bench, file) = SharedFile();
        bench.StartRead();
        bench.Process.FileWrite(file, 0, new byte[64]).RunToEnd();

        bench.FinishRead(Old);

        Assert.That(bench.BrokenRules, Is.Empty);
    }

    [Test]
    public void A_read_that_began_after_a_write_system_call_returns_what_it_wrote()
    {
        var (bench, file) = SharedFile();
        bench.Process.FileWrite(file, 0, new byte[64]).RunToEnd();
        bench.StartRead();

        bench.FinishRead(Old);

        Assert.That(bench.BrokenRules, Is.EqualTo(new[] { "ATS-TRN-005" }));
    }

    [Test]
    public void A_read_that_began_before_a_hole_was_punched_in_half_a_page_may_return_what_was_there()
    {
        var (bench, file) = SharedFile();
        bench.StartRead();
        bench.Process.FilePunch(file, 0, 64).RunToEnd();

        bench.FinishRead(Old);

        Assert.That(bench.BrokenRules, Is.Empty);
    }

    [Test]
    public void Of_an_untranslated_write_over_the_end_of_a_page_only_the_part_in_the_writable_page_arrives()
    {
        var bench = AcrossPages();
        bench.Link.Kernel.Memory.Write(bench.Physical.Add(0xFFC), BitConverter.GetBytes(0xAAu));

        bench.Link.Finish(0);

        Assert.That(bench.BrokenRules, Is.Empty);
    }

    [Test]
    public void Of_an_untranslated_write_over_the_end_of_a_page_the_part_in_the_writable_page_must_arrive()
    {
        var bench = AcrossPages();

        bench.Link.Finish(0);

        Assert.That(bench.BrokenRules, Is.EqualTo(new[] { "ATS-TRN-005" }));
    }

    private static OracleBench AcrossPages()
    {
        var bench = new OracleBench(Old);
        var next = new VirtualAddress(OracleBench.Va + 4096);
        bench.Process.Mmap(4096, Protection.ReadWrite, at: next).RunToEnd();
        bench.Process.Write(next, new byte[8]).RunToEnd();
        bench.Process.Mprotect(VirtualRange.OfSize(next, 4096), Protection.Read).RunToEnd();
        bench.Link.Start(0, OracleBench.Va + 0xFFC, 8, isWrite: true, pasid: 5, seed: 0xAA, isUntranslated: true);
        return bench;
    }

    private static (OracleBench Bench, MemoryFile File) SharedFile()
    {
        var bench = new OracleBench(0);
        var file = bench.Link.Kernel.CreateFile("f", 4096);
        bench.Process.Mmap(4096, Protection.ReadWrite, MapFlags.Shared | MapFlags.Fixed, new VirtualAddress(OracleBench.Va), file: file).RunToEnd();
        bench.Store(Old);
        return (bench, file);
    }
}
