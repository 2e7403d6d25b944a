using HilBench.Checking;
using HilBench.Journal;

namespace HilBench.Reporting.Tests;

/// <summary>Results as a run makes them, written by hand: TLPs are those of the worked examples (ats-rules A.10, A.6).</summary>
internal static class SampleResults
{
    public const string Hostile = "<script>alert('x')</script>&\"\u0007\ud800]]>|`";

    public static EvidenceLine[] StaleReadEvidence { get; } =
    [
        new(812, JournalSource.Cpu, "mm 1: Mmap [0x7f0000200000, 0x7f0000400000) returns 0", null, IsKey: false),
        new(1204, JournalSource.Wire, "device → host: MRd64 AT=TR req=01:00.0 tag=7 addr=0x7f0000200000 len=2DW (1 translation)", "20000402 010007ff 00007f00 00200000", IsKey: false),
        new(1231, JournalSource.Agent, "translation of 0x7f0000200000, no PASID: granted 0x123400000+2MiB RW", null, IsKey: true),
        new(1240, JournalSource.Wire, "host → device: CplD SC from=00:00.0 req=01:00.0 tag=7 bytes=8 lower=0x0 data=00000001 234ff803", "4a000002 00000008 01000700 00000001 234ff803", IsKey: true),
        new(1502, JournalSource.Cpu, "mm 1: pte of 0x7f0000225000: frame 0x123425 RW → none", null, IsKey: true),
        new(1502, JournalSource.Notifier, "mm 1: invalidate secondary TLB [0x7f0000225000, 0x7f0000226000)", null, IsKey: false),
        new(1510, JournalSource.Wire, "host → device: InvalidateRequest from=00:00.0 to=01:00.0 itag=5 range=0x7f0000225000+4KiB", "72000002 00000501 01000000 00000000 00007f00 00225000", IsKey: true),
        new(1544, JournalSource.Wire, "device → host: InvalidateCompletion from=01:00.0 to=00:00.0 itags=5 CC=1", "32000000 01000002 00000001 00000020", IsKey: true),
        new(1611, JournalSource.Device, "DMA read of 0x7f0000225000, 64 bytes, no PASID starts (slot 0)", null, IsKey: false),
        new(1619, JournalSource.Wire, "device → host: MRd64 AT=T req=01:00.0 tag=8 addr=0x123425000 len=16DW", "20000810 010008ff 00000001 23425000", IsKey: true),
    ];

    public static Violation StaleRead { get; } = new(
        RuleCatalogue.Get("ATS-INV-002"),
        1619,
        "A translated read of 0x123425000 rests on the 2 MiB translation of 0x7f0000200000, which ended with the Invalidate Completion of ITag 5 at cycle 1544.",
        StaleReadEvidence);

    public static ScenarioResult Passed(string name, string about = "Reads a page, unmaps it, reads again.") => new()
    {
        Name = name,
        About = about,
        Verdict = Verdict.Passed,
        Seed = 0xFEED_FACE_CAFE_BEEF,
        Transactions = 42,
        Cycles = 12_345,
        TlpsToDevice = 100,
        TlpsFromDevice = 88,
        Rules = [new("ATS-INV-001", 7, 0), new("ATS-ICP-001", 7, 0), new("ATS-TRN-001", 30, 0)],
        Violations = [],
        Replay = $"hilbench run --device rtl: --filter '{name}' --seed 7",
        Duration = TimeSpan.FromMilliseconds(12.5),
    };

    public static ScenarioResult Failed(string name) => Passed(name) with
    {
        Verdict = Verdict.Failed,
        Rules = [new("ATS-INV-002", 3, 1), new("ATS-ICP-001", 7, 0)],
        Violations = [StaleRead],
        Timeline = StaleReadEvidence,
    };

    public static RunResult Run(params ScenarioResult[] scenarios) => new()
    {
        Device = "rtl:?fault=M11",
        DeviceName = "HilBench reference device (RTL) 1",
        Suite = "conformance",
        Seed = 7,
        Profile = "linux-6.1",
        Policy = "4k",
        Version = "0.1.0",
        Replay = "hilbench run --device 'rtl:?fault=M11' --seed 7",
        Scenarios = scenarios,
        Duration = TimeSpan.FromSeconds(3.25),
    };

    /// <summary>One scenario of every verdict.</summary>
    public static RunResult Mixed { get; } = Run(
        Passed("smoke/read-4KiB"),
        Failed("invalidate-inside/2MiB-4KiB-middle"),
        Passed("pri/page-request") with { Verdict = Verdict.NotApplicable, Note = "the device has no PRI capability" },
        Passed("cow/fork-write") with { Verdict = Verdict.KnownUnsafe, Note = "linux-4.12 calls invalidate_page too late" },
        Passed("queue/depth-32") with { Verdict = Verdict.Error, Note = "the device did not answer for 90 s" });

    public static MutationResult Mutation { get; } = new(
        "rtl:",
        "conformance",
        7,
        "linux-6.1",
        "0.1.0",
        IsCleanDevicePassing: true,
        [
            new("M11", "an entry larger than the invalidated range survives", ["ATS-INV-002"], "invalidate-inside/2MiB-4KiB-first", "ATS-INV-002", 19, [new("ATS-INV-002", 90, 12)]),
            new("M32", "a transfer keeps its translation", ["ATS-ORD-006"], null, null, 0, []),
        ],
        TimeSpan.FromSeconds(20));
}
