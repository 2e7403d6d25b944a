namespace HilBench.Memory.Tests;

/// <summary>Write faults on huge pages that copy or fill a huge page: the new one appears only after everybody was told.</summary>
public sealed class HugeCowTests
{
    private static readonly string[] _copying = ["linux-4.13", "linux-4.15", "linux-5.0", "linux-5.5"];

    [TestCaseSource(nameof(_copying))]
    public void A_store_to_a_shared_huge_page_copies_the_whole_page(string profile)
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapHuge();
        bench.Mm.Write(range.Start.Add(0x5000), new byte[] { 5 }).RunToEnd();
        var child = bench.Mm.Fork().RunToEnd().Child!;

        bench.Mm.Write(range.Start, new byte[] { 6 }).RunToEnd();

        Assert.That(bench.Mm.Tables.TryWalk(range.Start, out var walk), Is.True);
        Assert.That((walk.SizeShift, walk.IsWritable), Is.EqualTo((21, true)));
        Assert.That(bench.Mm.Read(range.Start.Add(0x5000), 1).RunToEnd().Bytes.Span[0], Is.EqualTo(5));
        Assert.That(child.Read(range.Start, 1).RunToEnd().Bytes.Span[0], Is.Zero);
        Assert.That(bench.Kernel.Validator.Findings, Is.Empty);
    }

    [TestCase("linux-4.13", true)]
    [TestCase("linux-5.5", false)]
    public void The_copy_is_told_under_the_lock_and_by_4_13_at_the_end_again(string profile, bool isAgainAtEnd)
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapHuge();
        bench.Mm.Write(range.Start, new byte[] { 5 }).RunToEnd();
        bench.Mm.Fork().RunToEnd();
        bench.Register();

        bench.Mm.Write(range.Start, new byte[] { 6 }).RunToEnd();

        var inv = "inv 0x0 0x200000";
        Assert.That(bench.Calls.Where(call => call == inv).Count(), Is.EqualTo(isAgainAtEnd ? 2 : 1));
        Assert.That(bench.Calls[0], Does.StartWith("start 0x0 0x200000"));
        Assert.That(bench.Calls[1], Is.EqualTo(inv));
        Assert.That(bench.Calls[^1], Is.EqualTo("end 0x0 0x200000"));
    }

    [TestCaseSource(nameof(_copying))]
    public void Where_huge_pages_are_not_wanted_any_more_512_copies_take_its_place(string profile)
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapHuge();
        bench.Mm.Write(range.Start.Add(0x5000), new byte[] { 5 }).RunToEnd();
        var child = bench.Mm.Fork().RunToEnd().Child!;
        bench.Mm.Madvise(range, Advice.NoHugePage).RunToEnd();
        bench.Register();
        var store = bench.Mm.Write(range.Start, new byte[] { 6 });

        while (store.Steps.MoveNext())
        {
            var isNew = bench.Mm.Tables.TryWalk(range.Start.Add(0x5000), out var now) && now.SizeShift == 12;
            Assert.That(!isNew || bench.Calls.Contains("inv 0x0 0x200000"), Is.True, store.Steps.Current.Site);
        }

        Assert.That(bench.FramesOf(range).Distinct().Count(), Is.EqualTo(512));
        Assert.That(bench.Mm.Read(range.Start.Add(0x5000), 1).RunToEnd().Bytes.Span[0], Is.EqualTo(5));
        Assert.That(child.Tables.TryWalk(range.Start, out var walk) ? walk.SizeShift : 0, Is.EqualTo(21));
        Assert.That(bench.Kernel.Validator.Findings, Is.Empty);
    }

    [TestCase("linux-5.5")]
    [TestCase("linux-6.18")]
    public void A_store_to_the_huge_zero_page_gets_a_huge_page(string profile)
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapHuge();
        bench.Mm.Read(range.Start, 1).RunToEnd();
        bench.Register();

        bench.Mm.Write(range.Start, new byte[] { 6 }).RunToEnd();

        Assert.That(bench.Mm.Tables.TryWalk(range.Start, out var walk), Is.True);
        Assert.That((walk.SizeShift, walk.IsWritable), Is.EqualTo((21, true)));
        Assert.That(bench.Calls, Has.Count.EqualTo(3));
        Assert.That(bench.Calls[1], Does.StartWith("inv"));
    }

    [TestCase("linux-6.1")]
    [TestCase("linux-6.12")]
    public void Between_these_kernels_the_huge_zero_page_is_split(string profile)
    {
        var bench = new DeviceBench(profile);
        var range = bench.MapHuge();
        bench.Mm.Read(range.Start, 1).RunToEnd();

        bench.Mm.Write(range.Start, new byte[] { 6 }).RunToEnd();

        Assert.That(bench.Mm.Tables.TryWalk(range.Start, out var walk) ? walk.SizeShift : 0, Is.EqualTo(12));
    }
}
