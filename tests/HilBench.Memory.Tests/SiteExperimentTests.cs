using HilBench.Journal;
using HilBench.Notifiers;

namespace HilBench.Memory.Tests;

/// <summary>What a profile does differently at one call site really happens there.</summary>
public sealed class SiteExperimentTests
{
    [TestCase("linux-6.1", "L+X", "clear flush inv set end")]
    [TestCase("linux-6.1", "E", "clear flush set inv+end")]
    [TestCase("linux-6.1", "L2+X", "clear flush set inv end")]
    [TestCase("linux-6.1", "F+X", "clear flush set inv end")]
    [TestCase("linux-6.1", "G+X", "clear flush set end inv")]
    [TestCase("linux-6.1", "TL", "clear flush inv set end")]
    [TestCase("linux-6.1", "X", "clear flush set end")]
    [TestCase("linux-6.1", "-", "clear flush set")]
    [TestCase("linux-6.12", "TL", "clear flush inv set end")]
    [TestCase("linux-6.12", "E", "clear flush set inv+end")]
    [TestCase("linux-6.12", "L+E", "clear flush inv set inv+end")]
    [TestCase("linux-6.12", "TF", "clear set flush inv end")]
    [TestCase("linux-6.12", "TA", "clear set end flush inv")]
    [TestCase("linux-6.12", "X", "clear flush set end")]
    public void A_copying_write_fault_follows_the_code_of_its_site(string profile, string code, string expected) =>
        Assert.That(WriteFault(Profile(profile).With(CallSite.ZeroPageWrite, PlacementCode.Parse(code))),
            Is.EqualTo(expected));

    [TestCase("linux-6.1", SiteExperiment.SkipSecondaryTlb, "clear flush set end")]
    [TestCase("linux-6.12", SiteExperiment.SkipSecondaryTlb, "clear flush set end")]
    [TestCase("linux-6.1", SiteExperiment.MissingStartEnd, "clear flush inv set")]
    [TestCase("linux-6.12", SiteExperiment.InvalidateBeforeClear, "inv clear flush set end")]
    [TestCase("linux-6.1", SiteExperiment.InvalidateBeforeClear, "inv clear flush set end")]
    [TestCase("linux-6.12", SiteExperiment.InvalidateBeforeCpuFlush, "clear inv flush set end")]
    [TestCase("linux-6.12", SiteExperiment.CpuFlushAfterEnd, "clear set end flush inv")]
    [TestCase("linux-6.1", SiteExperiment.CpuFlushBeforeEnd, "clear inv set flush end")]
    public void A_copying_write_fault_follows_the_experiment_of_its_site(
        string profile, SiteExperiment experiment, string expected) =>
        Assert.That(WriteFault(Profile(profile).With(CallSite.ZeroPageWrite, experiment)), Is.EqualTo(expected));

    private static KernelProfile Profile(string name) => KernelProfile.Find(name)!;

    private static string WriteFault(KernelProfile profile)
    {
        var mm = MemoryBench.NewSpace(profile);
        mm.Register(new StartEnd()).RunToEnd();
        mm.Register(new SlowTlb()).RunToEnd();
        var range = mm.Mmap(4096, Protection.Read | Protection.Write).RunToEnd().Range;
        mm.Touch(range).RunToEnd();

        var write = mm.Write(range.Start, new byte[1]).RunToEnd();

        return string.Join(' ', Words(mm.Kernel.Journal, write.Id)).Replace("inv+ end", "inv+end",
            StringComparison.Ordinal);
    }

    private static IEnumerable<string> Words(EventJournal journal, uint operation)
    {
        for (var i = 0UL; i < journal.Count; i++)
        {
            var line = journal[i];
            switch (line.Kind)
            {
                case JournalKind.EntryChange when line.Read<EntryChangeRecord>() is var change
                    && change.OperationId == operation && change.LevelShift == 12:
                    yield return change.NewEntry == 0 ? "clear" : "set";
                    break;
                case JournalKind.CpuTlbFlush when line.Read<TlbFlushRecord>().OperationId == operation:
                    yield return "flush";
                    break;
                case JournalKind.NotifierCall when line.Read<NotifierCallRecord>() is var call
                    && call.OperationId == operation:
                    if (call.Callback == NotifierCallback.InvalidateRangeEnd)
                    {
                        yield return "end";
                    }
                    else if (call.Callback == NotifierCallback.InvalidateSecondaryTlb)
                    {
                        yield return call.Flags.HasFlag(NotifierCallFlags.Implied) ? "inv+" : "inv";
                    }

                    break;
            }
        }
    }

    private sealed class StartEnd : INotifierClient
    {
        public NotifierCallbacks Callbacks =>
            NotifierCallbacks.InvalidateRangeStart | NotifierCallbacks.InvalidateRangeEnd;
    }
}
