using HilBench.Notifiers;

namespace HilBench.Memory.Tests;

/// <summary>Versions of the reverse map's announcements that never were in a release, or not for long.</summary>
public sealed class ReverseMapHistoryTests
{
    private const ulong HugePage = 2 << 20;
    private static readonly VirtualAddress _at = new(0x40000000);

    [Test]
    public void The_change_that_4_13_took_back_tells_clients_of_start_and_end_nothing()
    {
        var takenBack = KernelProfile.Linux413.With(CallSite.MkClean, PlacementCode.Parse("L2+X"))
            .With(CallSite.MkClean, SiteExperiment.MissingStartEnd);

        Assert.That(Sync(KernelProfile.Linux413), Has.Member("start").And.Member("invalidate"));
        Assert.That(Sync(takenBack), Has.Member("invalidate").And.No.Member("start").And.No.Member("end"));
    }

    [Test]
    public void The_end_of_a_range_of_a_huge_page_was_wrong_in_the_first_version()
    {
        var first = KernelProfile.Linux413.With(CallSite.MigrateUnmap, SiteExperiment.EndInPagesNotBytes);

        Assert.That(BytesToldOfMigration(KernelProfile.Linux413), Is.EqualTo(HugePage));
        Assert.That(BytesToldOfMigration(first), Is.EqualTo(512));
    }

    private static List<string> Sync(KernelProfile profile)
    {
        var mm = MemoryBench.NewSpace(profile);
        var file = mm.Kernel.CreateFile("log", 4096, FileKind.Disk);
        var range = mm.Mmap(4096, Protection.ReadWrite, MapFlags.Shared, file: file).RunToEnd().Range;
        mm.Touch(range, forWrite: true).RunToEnd();
        var told = new Teller();
        mm.Register(told).RunToEnd();

        mm.FileSync(file).RunToEnd();

        return told.Calls;
    }

    private static ulong BytesToldOfMigration(KernelProfile profile)
    {
        var mm = MemoryBench.NewSpace(profile);
        var range = mm.Mmap(HugePage, Protection.ReadWrite, MapFlags.Fixed, _at, PageSizeHint.Hugetlb).RunToEnd().Range;
        mm.Touch(range, forWrite: true).RunToEnd();
        var told = new Teller();
        mm.Register(told).RunToEnd();

        mm.Migrate(range).RunToEnd();

        var first = told.Ranges.First(announced => announced.Site == CallSite.MigrateUnmap);
        return first.End.Value - first.Start.Value;
    }

    private sealed class Teller : INotifierClient
    {
        public List<string> Calls { get; } = [];

        public List<NotifierRange> Ranges { get; } = [];

        public NotifierCallbacks Callbacks => NotifierCallbacks.InvalidateRangeStart
            | NotifierCallbacks.InvalidateRangeEnd | NotifierCallbacks.InvalidateSecondaryTlb;

        public int InvalidateRangeStart(in NotifierRange range)
        {
            Calls.Add("start");
            Ranges.Add(range);
            return 0;
        }

        public void InvalidateRangeEnd(in NotifierRange range) => Calls.Add("end");

        public void InvalidateSecondaryTlb(VirtualAddress start, VirtualAddress end) => Calls.Add("invalidate");
    }
}
