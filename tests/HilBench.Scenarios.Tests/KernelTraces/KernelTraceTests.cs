using HilBench.Notifiers;
using HilBench.Scenarios.KernelTraces;

namespace HilBench.Scenarios.Tests.KernelTraces;

/// <summary>The engine against the golden traces of real kernels.</summary>
public sealed class KernelTraceTests
{
    /// <summary>Traces of 6.12 that show what changed after 6.6.</summary>
    private static readonly Dictionary<string, string> _changedAfter66 = new()
    {
        ["file-punch"] = "6.12 does not write back what it punches out",
        ["ksm-thp"] = "6.12 maps the zero page for empty parts of a split huge page",
        ["thp-cold"] = "6.12 maps the zero page for empty parts of a split huge page",
        ["thp-free-4k"] = "6.12 maps the zero page for empty parts of a split huge page",
        ["thp-split-debugfs"] = "6.12 maps the zero page for empty parts of a split huge page",
        ["random-thp-400"] = "6.12 maps the zero page for empty parts of a split huge page",
        ["thp-shmem"] = "from 6.10 on the reverse map splits a huge entry inside its own range",
        ["thp-shmem-mprotect-part"] = "from 6.11 on mprotect announces from the first table above, not below",
        ["mprotect-pmd-first-empty"] = "from 6.11 on mprotect announces from the first table above, not below",
        ["madvise-pageout"] = "from 6.9 on PAGEOUT does not age what it reclaims",
        ["madvise-pageout-file"] = "from 6.9 on PAGEOUT does not age what it reclaims",
        ["process-madvise-cold"] = "from 6.9 on PAGEOUT does not age what it reclaims",
        ["swap-mprotect"] = "from 6.9 on PAGEOUT does not age what it reclaims",
        ["thp-pageout"] = "from 6.9 on PAGEOUT does not age what it reclaims",
        ["random-anon-100"] = "from 6.9 on PAGEOUT does not age what it reclaims",
        ["random-anon-102"] = "from 6.9 on PAGEOUT does not age what it reclaims",
        ["random-both-600"] = "from 6.9 on PAGEOUT does not age what it reclaims",
        ["random-anon-101"] = "6.12 answers move_pages of an empty page otherwise",
        ["random-anon-103"] = "6.12 answers move_pages of an empty page otherwise",
        ["random-interval-500"] = "6.12 answers move_pages of an empty page otherwise",
        ["random-thp-401"] = "6.12 answers move_pages of an empty page otherwise",
        ["cow-swapped"] = "from 6.9 on PAGEOUT does not age what it reclaims",
        ["swap-off"] = "from 6.9 on PAGEOUT does not age what it reclaims",
        ["reclaim-memcg"] = "from 6.11 on a load maps a swapped page of one's own writable",
        ["hwpoison-hard"] = "from 6.11 on MADV_HWPOISON tells the caller by a signal",
        ["reclaim-free"] = "from 6.12 on reclaim does not wait for the statistics of the cgroup",
        ["reclaim-lru-gen"] = "from 6.12 on the generations ask the notifiers",
        ["uffd-move"] = "UFFDIO_MOVE exists from 6.8 on",
        ["uffd-wp-async"] = "PAGEMAP_SCAN exists from 6.7 on",
        ["mthp-dontneed-fork"] = "large folios of other sizes exist from 6.8 on",
        ["mthp-munmap-part"] = "large folios of other sizes exist from 6.8 on",
        ["uprobe"] = "from 6.8 on the range is that of the page, not of the instruction",
    };

    /// <summary>Traces with steps that the engine does not model yet.</summary>
    private static readonly HashSet<string> _notYet =
    [
    ];

    public static IEnumerable<TestCaseData> TracesFor66() =>
        from file in Directory.GetFiles(Path.Combine(TraceFolder.Root, "linux-6.12"), "*.json").Order(StringComparer.Ordinal)
        let name = Path.GetFileNameWithoutExtension(file)
        where !_changedAfter66.ContainsKey(name) && !_notYet.Contains(name)
        select new TestCaseData(file).SetArgDisplayNames(name);

    public static IEnumerable<TestCaseData> Traces()
    {
        foreach (var folder in Directory.GetDirectories(TraceFolder.Root).Order(StringComparer.Ordinal))
        {
            foreach (var file in Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal))
            {
                var name = $"{Path.GetFileName(folder)}/{Path.GetFileNameWithoutExtension(file)}";
                yield return new TestCaseData(file, Path.GetFileName(folder)).SetArgDisplayNames(name);
            }
        }
    }

    [TestCaseSource(nameof(Traces))]
    public void The_engine_tells_its_notifiers_what_Linux_told_them(string file, string folder)
    {
        var profile = KernelProfile.Find(folder.Replace("-2cpu", "", StringComparison.Ordinal)
            .Replace("recorded-", "linux-", StringComparison.Ordinal))!;

        var differences = TraceReplayer.Replay(KernelTrace.Load(file), profile);

        if (_notYet.Contains(Path.GetFileNameWithoutExtension(file)))
        {
            Assert.That(differences, Is.Not.Empty, "it matches now: take it off the list");
            Assert.Ignore("known to differ");
        }

        Assert.That(differences, Is.Empty, string.Join("\n", differences));
    }

    [TestCaseSource(nameof(TracesFor66))]
    public void The_profile_of_6_6_tells_what_6_12_told_where_nothing_changed_between_them(string file)
    {
        var differences = TraceReplayer.Replay(KernelTrace.Load(file), KernelProfile.Linux66);

        // 6.6 still had change_pte.
        var others = differences.SelectMany(difference => difference.Lines.Where(line =>
            line[0] != ' ' && !line.Contains(" change_pte ", StringComparison.Ordinal)));
        Assert.That(others, Is.Empty, string.Join("\n", differences));
    }

    [Test]
    public void A_wrong_placement_makes_the_replay_differ()
    {
        var file = Path.Combine(TraceFolder.Root, "linux-6.1", "fault-read-then-write.json");
        var wrong = KernelProfile.Linux61.With(CallSite.ZeroPageWrite, Placement.AtEnd);

        var differences = TraceReplayer.Replay(KernelTrace.Load(file), wrong);

        Assert.That(differences.Select(difference => difference.Step), Is.EqualTo(new[] { 4 }));
    }
}
