using HilBench.Journal;
using HilBench.Memory;

namespace HilBench.Checking.Tests;

/// <summary>The proof of a stale use as a person reads it.</summary>
public sealed class EvidenceTests
{
    private const ulong Huge = 0x7F00_0020_0000;
    private const ulong Inside = Huge + 0x8_1000;
    private const ulong Pa = 0x8000_0000;

    [Test]
    public void A_larger_entry_that_survives_M11_is_told_from_the_grant_to_the_stale_use()
    {
        var link = new ScriptedLink();
        link.Grant(Huge, Pa, shift: 21);
        ChangeEntry(link);
        link.Invalidate(5, Inside);
        link.Complete(1u << 5);

        link.Read(Pa + 0x8_1000);

        var violation = link.Checker.Violations[0];
        Assert.That(violation.Rule.Id, Is.EqualTo("ATS-INV-002"));
        Assert.That(violation.Evidence.Where(line => line.IsKey).Select(line => line.Detail is null ? line.Text : line.Detail), Is.EqualTo(new[]
        {
            "20000402 010000ff 00007f00 00200000",
            "4a000002 00080008 01000000 00000000 800ff803",
            "mm 1: pte of 0x7f0000281000: frame 0x80081 RW → none",
            "72000002 00080501 01000000 00000000 00007f00 00281000",
            "32000000 01000002 00080001 00000020",
            "00000801 0100080f 80081000",
        }));
        Assert.That(violation.Evidence.Where(line => line.IsKey && line.Detail is not null).Select(line => line.Text), Is.EqualTo(new[]
        {
            "device → host: MRd64 AT=TR req=01:00.0 tag=0 addr=0x7f0000200000 len=2DW (1 translation)",
            "host → device: CplD SC from=00:01.0 req=01:00.0 tag=0 bytes=8 lower=0x0 data=00000000 800ff803",
            "host → device: InvalidateRequest from=00:01.0 to=01:00.0 itag=5 range=0x7f0000281000+4KiB",
            "device → host: InvalidateCompletion from=01:00.0 to=00:01.0 itags=5 CC=1",
            "device → host: MRd32 AT=T req=01:00.0 tag=8 addr=0x80081000 len=1DW",
        }));
    }

    [Test]
    public void The_reason_names_the_access_the_translation_and_the_invalidation()
    {
        var link = new ScriptedLink();
        link.Grant(Huge, Pa, shift: 21);
        link.Invalidate(5, Inside);
        link.Complete(1u << 5);
        var completedAt = link.Now;

        link.Read(Pa + 0x8_1000);

        Assert.That(link.Checker.Violations[0].Reason, Is.EqualTo(
            $"translated read of 0x80081000 at cycle {link.Now} uses the 2 MiB translation of 0x7f0000200000, " +
            $"which the device had declared gone at cycle {completedAt} (ITag 5, 4 KiB at 0x7f0000281000)"));
        Assert.That(link.Checker.Violations[0].Time, Is.EqualTo(link.Now));
    }

    [Test]
    public void Evidence_shows_the_TLP_in_hexadecimal_too()
    {
        var link = new ScriptedLink();
        link.Read(0x8000_0000);

        var line = link.Checker.Violations[0].Evidence[0];

        Assert.That(line.Detail, Is.EqualTo("00000801 0100080f 80000000"));
    }

    [Test]
    public void A_change_of_another_page_is_left_out()
    {
        var link = new ScriptedLink();
        link.Grant(Huge, Pa);
        link.Invalidate(5, Huge);
        link.Journal.Append(JournalKind.EntryChange, new EntryChangeRecord(1, 12, Huge + 0x1000, 0, 0, 1));
        link.Complete(1u << 5);

        link.Read(Pa);

        Assert.That(link.Checker.Violations[0].Evidence.Select(line => line.Lane), Has.None.EqualTo(JournalSource.Cpu));
    }

    [Test]
    public void Lines_that_the_journal_has_overwritten_are_left_out()
    {
        var link = new ScriptedLink();
        link.Grant(Huge, Pa);
        link.InvalidateAndComplete(Huge);
        for (var i = 0; i < 4096; i++)
        {
            link.Journal.Append(JournalKind.CpuRead, default(CpuAccessRecord));
        }

        link.Read(Pa);

        Assert.That(link.Checker.Violations[0].Evidence, Has.Count.EqualTo(1));
        Assert.That(link.Checker.Violations[0].Evidence[0].Text, Does.Contain("MRd"));
    }

    [Test]
    public void At_most_32_violations_are_kept_and_all_are_counted()
    {
        var link = new ScriptedLink();

        for (var i = 0; i < 40; i++)
        {
            link.Write(0x8000_0000);
        }

        Assert.That(link.Checker.Violations, Has.Count.EqualTo(32));
        Assert.That(link.Checker.ViolationCount, Is.EqualTo(40));
        Assert.That(link.Checker.RuleCounts.Single(count => count.Rule == "ATS-TRN-001").Broken, Is.EqualTo(40));
    }

    private static void ChangeEntry(ScriptedLink link)
    {
        // Present, writable, frame 0x80081 (x86-64 bits, as the page tables keep them).
        const ulong mapped = 0x8008_1003;
        link.Journal.Append(JournalKind.EntryChange, new EntryChangeRecord(1, 12, Inside, mapped, 0, 1));
    }
}
