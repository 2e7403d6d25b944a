using System.IO.Enumeration;
using HilBench.Journal;
using HilBench.Notifiers;
using YamlDotNet.RepresentationModel;
using static HilBench.Scenarios.FuzzFeatures;
using static HilBench.Scenarios.StepText;

namespace HilBench.Scenarios;

/// <summary>The CPU operations of random programs. A test compares them with the operations that scenarios have.</summary>
internal static class FuzzOperations
{
    private const string PageSize = "0x1000";
    private static readonly string[] _advices =
        ["free", "cold", "page-out", "huge-page", "no-huge-page", "collapse", "mergeable", "unmergeable", "dont-fork", "do-fork", "remove", "wipe-on-fork", "random"];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<FuzzOperation> All { get; } =
    [
        .. Mapping(), .. Moving(), .. Huge(), .. Migration(), .. Reclaim(), .. Files(), .. Tracking(), .. Drivers(), .. Processes(),
    ];

    /// <summary>
    /// The operations of a kernel whose name matches one of some globs, separated by commas; null: all. A program with one that
    /// the kernel lacks would not run at all.
    /// </summary>
    /// <exception cref="InputException">None matches.</exception>
    public static IReadOnlyList<FuzzOperation> Matching(string? filter, KernelProfile kernel)
    {
        var known = All.Where(operation => OperationCatalogue.Find(operation.Id)!.IsIn(kernel));
        if (filter is null)
        {
            return [.. known];
        }

        var globs = filter.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var chosen = known.Where(operation => globs.Any(glob => FileSystemName.MatchesSimpleExpression(glob, operation.Id))).ToList();
        return chosen.Count > 0
            ? chosen
            : throw new InputException($"no operation matches '{filter}'", NearestName.Suggest(filter, All.Select(operation => operation.Id)));
    }

    /// <summary>Maps what a mapping is, anew.</summary>
    public static YamlMappingNode Map(FuzzMapping mapping, string process)
    {
        var keys = new List<(string, string)> { ("name", mapping.Name), ("at", Hex(mapping.Address)), ("size", Hex(mapping.SizeBytes)) };
        if (mapping.Kind is MappingKind.Huge or MappingKind.Hugetlb)
        {
            keys.Add(("pages", mapping.Kind == MappingKind.Huge ? "2MiB" : "hugetlb"));
        }

        if (mapping.Kind is MappingKind.Shared or MappingKind.FileShared)
        {
            keys.Add(("shared", "true"));
        }

        if (mapping.File is { } file)
        {
            keys.Add(("file", file));
        }

        keys.Add(("populate", "false"));
        keys.Add(("process", process));
        return Step("map", [.. keys]);
    }

    private static FuzzOperation[] Mapping() =>
    [
        new("munmap", OperationGroup.Mapping, 10, aim => OnRange(aim, "munmap")),
        new("map", OperationGroup.Mapping, 6, Remap),
        new("mprotect", OperationGroup.Mapping, 12, aim => OnRange(aim, "mprotect", ("access", OneOf(aim.Choice, "r", "r", "rw", "rw", "none", "rwx")))),
        new("dontneed", OperationGroup.Mapping, 14, aim => OnRange(aim, "dontneed")),
        new("madvise", OperationGroup.Mapping, 5, aim => OnRange(aim, "madvise", ("advice", OneOf(aim.Choice, _advices.AsSpan())))),
        new("touch", OperationGroup.Mapping, 8, aim => OnRange(aim, "touch", ("for", OneOf(aim.Choice, "read", "write")))),
        new("write", OperationGroup.Mapping, 12, aim => Store(aim, "write")),
        new("read", OperationGroup.Mapping, 4, aim => At(aim, "read")),
        new("write-forced", OperationGroup.Mapping, 1, aim => Store(aim, "write-forced")),
        new("write-remote", OperationGroup.Mapping, 1, aim => Store(aim, "write-remote")),
        new("hmm-fault", OperationGroup.Mapping, 1, aim => OnRange(aim, "hmm-fault", ("for", OneOf(aim.Choice, "read", "write", "snapshot")))),
    ];

    private static FuzzOperation[] Moving() =>
    [
        new("mremap", OperationGroup.Moving, 6, Mremap),
        new("mremap-duplicate", OperationGroup.Moving, 1, Duplicate),
        new("remap-file-pages", OperationGroup.Moving, 1, aim => OnRange(aim, "remap-file-pages", ("page", Number(aim.Choice.Between(0, 8))))),
        new("mlock", OperationGroup.Moving, 2, aim => OnRange(aim, "mlock")),
        new("munlock", OperationGroup.Moving, 2, aim => OnRange(aim, "munlock")),
        new("brk", OperationGroup.Moving, 1, aim => OnProcess(aim, "brk", ("size", Hex(4096 * aim.Choice.Below(16))))),
        new("mbind", OperationGroup.Moving, 1, aim => OnRange(aim, "mbind")),
    ];

    private static FuzzOperation[] Huge() =>
    [
        new("split", OperationGroup.Huge, 6, aim => OnRange(aim, "split")),
        new("khugepaged", OperationGroup.Huge, 2, aim => OnProcess(aim, "khugepaged")),
        new("ksm-scan", OperationGroup.Huge, 1, MergeablePages),
        new("ksm-unmerge", OperationGroup.Huge, 1, aim => OnProcess(aim, "ksm-unmerge")),
    ];

    private static FuzzOperation[] Migration() =>
    [
        new("migrate", OperationGroup.Migration, 8, aim => OnRange(aim, "migrate")),
        new("migrate-vma", OperationGroup.Migration, 3, aim => OnRange(aim, "migrate-vma", ("abort", OneOf(aim.Choice, "false", "true")))),
        new("move-pages", OperationGroup.Migration, 3, aim => OnRange(aim, "move-pages", Node(aim))),
        new("mbind-move", OperationGroup.Migration, 2, aim => OnRange(aim, "mbind-move", Node(aim))),
        new("migrate-pages", OperationGroup.Migration, 1, aim => OnProcess(aim, "migrate-pages")),
        new("numa-protect", OperationGroup.Migration, 4, aim => OnRange(aim, "numa-protect")),
    ];

    private static FuzzOperation[] Reclaim() =>
    [
        new("cgroup", OperationGroup.Reclaim, 1, aim => OnProcess(aim, "cgroup")),
        new("reclaim", OperationGroup.Reclaim, 3, aim => OnProcess(aim, "reclaim", ("size", Hex(4096 * (1 + aim.Choice.Below(8)))))),
        new("swapoff", OperationGroup.Reclaim, 1, aim => OnProcess(aim, "swapoff")),
        new("clear-refs", OperationGroup.Reclaim, 2, aim => OnProcess(aim, "clear-refs", ("value", Number(aim.Choice.Between(1, 4))))),
        new("cpus", OperationGroup.Reclaim, 1, aim => OnProcess(aim, "cpus", ("several", OneOf(aim.Choice, "false", "true")))),
    ];

    private static FuzzOperation[] Files() =>
    [
        new("file-write", OperationGroup.Files, 4, aim => OnFile(aim, "file-write", isSized: true)),
        new("file-sync", OperationGroup.Files, 5, aim => OnFile(aim, "file-sync", isSized: false)),
        new("file-truncate", OperationGroup.Files, 1, aim => OnFile(aim, "file-truncate", isSized: true, hasOffset: false)),
        new("file-punch", OperationGroup.Files, 3, aim => OnFile(aim, "file-punch", isSized: true)),
        new("file-read", OperationGroup.Files, 1, aim => OnFile(aim, "file-read", isSized: true)),
        new("file-reserve", OperationGroup.Files, 1, aim => OnFile(aim, "file-reserve", isSized: true)),
        new("file-zero", OperationGroup.Files, 1, aim => OnFile(aim, "file-zero", isSized: true)),
        new("file-insert", OperationGroup.Files, 1, aim => OnFile(aim, "file-insert", isSized: true)),
        new("file-collapse", OperationGroup.Files, 1, aim => OnFile(aim, "file-collapse", isSized: true)),
        new("file-dontneed", OperationGroup.Files, 1, aim => OnFile(aim, "file-dontneed", isSized: false)),
        new("drop-caches", OperationGroup.Files, 1, aim => OnProcess(aim, "drop-caches")),
        new("track-shared-writes", OperationGroup.Files, 1, aim => OnFile(aim, "track-shared-writes", isSized: true)),
        new("uprobe-add", OperationGroup.Files, 1, aim => OnFile(aim, "uprobe-add", isSized: false)),
        new("uprobe-remove", OperationGroup.Files, 1, aim => OnFile(aim, "uprobe-remove", isSized: false)),
    ];

    private static FuzzOperation[] Tracking() =>
    [
        new("uffd-register", OperationGroup.Tracking, 3, aim => OnRange(aim, "uffd-register", ("modes", OneOf(aim.Choice, "wp", "wp", "minor")))),
        new("uffd-unregister", OperationGroup.Tracking, 1, aim => OnRange(aim, "uffd-unregister")),
        new("uffd-protect", OperationGroup.Tracking, 4, aim => OnRange(aim, "uffd-protect", ("enable", OneOf(aim.Choice, "true", "false")))),
        new("uffd-copy", OperationGroup.Tracking, 2, aim => OnRange(aim, "uffd-copy", ("zero", OneOf(aim.Choice, "true", "false")))),
        new("uffd-continue", OperationGroup.Tracking, 1, aim => OnRange(aim, "uffd-continue")),
        new("uffd-move", OperationGroup.Tracking, 1, MovePages),
        new("pagemap-scan", OperationGroup.Tracking, 1, aim => OnRange(aim, "pagemap-scan")),
    ];

    private static FuzzOperation[] Drivers() =>
    [
        new("exclusive", OperationGroup.Drivers, 3, aim => OnRange(aim, "exclusive")),
        new("pin", OperationGroup.Drivers, 2, Pin),
    ];

    private static FuzzOperation[] Processes() =>
    [
        new("fork", OperationGroup.Processes, 3, ShortLife),
        new("exec", OperationGroup.Processes, 1, aim => OnProcess(aim, "exec")),
    ];

    private static (string, string) Node(FuzzAim aim) => ("node", OneOf(aim.Choice, "0", "1"));

    private static YamlMappingNode[] OnRange(FuzzAim aim, string name, params ReadOnlySpan<(string, string)> more)
    {
        var (at, size) = aim.Range(aim.Mapping());
        return [Step(name, [("at", at), ("size", size), .. more, ("process", aim.Process().Name)])];
    }

    private static YamlMappingNode[] OnProcess(FuzzAim aim, string name, params ReadOnlySpan<(string, string)> more) =>
        [Step(name, [.. more, ("process", aim.Process().Name)])];

    private static YamlMappingNode[] At(FuzzAim aim, string name)
    {
        var mapping = aim.Mapping();
        return [Step(name, ("at", FuzzAim.At(mapping, aim.PageOf(mapping))), ("process", aim.Process().Name))];
    }

    private static YamlMappingNode[] Store(FuzzAim aim, string name)
    {
        var mapping = aim.Mapping();
        var at = FuzzAim.At(mapping, aim.PageOf(mapping) + 64 * aim.Choice.Below(4));
        return [Step(name, ("at", at), ("size", OneOf(aim.Choice, "64", "8", "256")), ("process", aim.Process().Name))];
    }

    private static YamlMappingNode[] Remap(FuzzAim aim) => [Map(aim.Mapping(), aim.Process().Name)];

    // Away and, mostly, back again: what follows finds pages there.
    private static IEnumerable<YamlMappingNode> Mremap(FuzzAim aim)
    {
        var mapping = aim.Mapping();
        var process = aim.Process().Name;
        var (at, size) = (FuzzAim.At(mapping, aim.PageOf(mapping)), OneOf(aim.Choice, PageSize, PageSize, "0x2000", "0x200000"));
        var away = Hex(0x6_0000_0000 + (0x200000 * aim.Choice.Below(4)));
        yield return Step("mremap", ("at", at), ("size", size), ("to", away), ("keep-old", OneOf(aim.Choice, "false", "false", "true")), ("process", process));
        if (aim.Choice.Chance(75))
        {
            yield return Step("mremap", ("at", away), ("size", size), ("to", at), ("process", process));
        }
    }

    private static YamlMappingNode[] Duplicate(FuzzAim aim)
    {
        var mapping = aim.Mapping();
        return [Step("mremap-duplicate", ("at", mapping.Name), ("new-size", PageSize), ("to", "0x700000000"), ("process", aim.Process().Name))];
    }

    private static IEnumerable<YamlMappingNode> MergeablePages(FuzzAim aim)
    {
        var mapping = aim.Mapping();
        var process = aim.Process().Name;
        yield return Step("madvise", ("at", mapping.Name), ("size", Hex(mapping.SizeBytes)), ("advice", "mergeable"), ("process", process));
        for (var i = 0; i < 2; i++)
        {
            yield return Step("write", ("at", FuzzAim.At(mapping, aim.PageOf(mapping))), ("size", PageSize), ("value", "7"), ("process", process));
        }

        yield return Step("ksm-scan", ("process", process));
        yield return Step("ksm-scan", ("process", process));
    }

    private static YamlMappingNode[] OnFile(FuzzAim aim, string name, bool isSized, bool hasOffset = true)
    {
        if (aim.MappingOf(MappingKind.FileShared, MappingKind.FilePrivate) is not { } mapping)
        {
            return [];
        }

        var keys = new List<(string, string)> { ("file", mapping.File!) };
        if (hasOffset)
        {
            keys.Add(("offset", Hex(aim.PageOf(mapping))));
        }

        if (isSized)
        {
            keys.Add(("size", hasOffset ? PageSize : Hex(aim.PageOf(mapping) + 4096)));
        }

        return [Step(name, [.. keys, ("process", aim.Process().Name)])];
    }

    private static YamlMappingNode[] MovePages(FuzzAim aim)
    {
        var mapping = aim.Mapping();
        var (from, to) = (FuzzAim.At(mapping, aim.PageOf(mapping)), FuzzAim.At(mapping, aim.PageOf(mapping)));
        return [Step("uffd-move", ("at", from), ("size", PageSize), ("to", to), ("holes", "true"), ("process", aim.Process().Name))];
    }

    private static IEnumerable<YamlMappingNode> Pin(FuzzAim aim)
    {
        var (at, size) = aim.Range(aim.Mapping());
        var name = $"pin{Number(aim.Choice.Between(1, 1_000_000))}";
        yield return Step("pin", ("at", at), ("size", size), ("as", name), ("for", OneOf(aim.Choice, "read", "write")), ("process", aim.Process().Name));
        foreach (var step in OnRange(aim, "dontneed"))
        {
            yield return step;
        }

        yield return Step("unpin", ("pin", name));
    }

    // A child that lives for a moment: both sides copy on write, and its PASID ends under the device's hands.
    private static IEnumerable<YamlMappingNode> ShortLife(FuzzAim aim)
    {
        var number = aim.Choice.Between(1, 1_000_000);
        var (parent, child) = (aim.Process(), $"child{Number(number)}");
        var mapping = aim.Mapping();
        var at = FuzzAim.At(mapping, aim.PageOf(mapping));
        yield return Step("fork", ("child", child), ("pasid", Hex(0x8000 + (uint)number % 0x1000)), ("function", Number(parent.Function)), ("process", parent.Name));
        yield return Step("dma-read", ("at", at), ("process", child), ("wait", "false"), ("ends", "either"));
        yield return Step("write", ("at", at), ("process", OneOf(aim.Choice, parent.Name, child)));
        if (aim.Choice.Chance(80))
        {
            yield return Step("exit", ("process", child));
        }
    }
}
