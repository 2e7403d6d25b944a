using HilBench.Journal;
using HilBench.Notifiers;
using HilBench.TranslationAgent;

namespace HilBench.Scenarios;

/// <summary>A litmus test as its file has it (docs/litmus-format.md).</summary>
internal sealed record LitmusProgram
{
    private const ulong DefaultMemory = 16 << 20;

    /// <summary>As the command line names it: L1, L13a.</summary>
    public required string Name { get; init; }

    /// <summary>What it is about, in a few words.</summary>
    public required string Title { get; init; }

    /// <summary>What it shows.</summary>
    public string About { get; init; } = string.Empty;

    /// <summary>Commits of the kernel that it is about, with what their logs claim.</summary>
    public IReadOnlyList<(string Commit, string Claim)> Commits { get; init; } = [];

    /// <summary>First and last kernel that have what it needs; null: no bound.</summary>
    public KernelProfile? Since { get; init; }

    /// <summary>Last kernel that has what it needs; null: the newest.</summary>
    public KernelProfile? Until { get; init; }

    /// <summary>The kernel that it runs on when none is asked for.</summary>
    public KernelProfile? Profile { get; init; }

    /// <summary>Placements that it runs with, whatever the kernel has.</summary>
    public IReadOnlyList<(CallSite Site, PlacementCode Code)> Placements { get; init; } = [];

    /// <summary>What the kernel does differently at a call site.</summary>
    public IReadOnlyList<(CallSite Site, SiteExperiment Experiment)> Experiments { get; init; } = [];

    /// <summary>Whether the kernel's own known mistakes are reproduced.</summary>
    public bool IsAsKernel { get; init; }

    /// <summary>The mistake that the device must make (the query "fault=" of its URI); null: none.</summary>
    public string? DeviceFault { get; init; }

    /// <summary>Mistakes of clients, by client, in place of those that the file says.</summary>
    public IReadOnlyDictionary<string, string> ClientFaults { get; init; } = new Dictionary<string, string>();

    /// <summary>Pages that a gather collects before it frees them; null: as many as Linux.</summary>
    public int? GatherPages { get; init; }

    /// <summary>How ranges become Invalidate Requests.</summary>
    public InvalidationPolicy Policy { get; init; } = InvalidationPolicy.Exact;

    /// <summary>What the device must have: names of <see cref="DeviceNeed"/>.</summary>
    public IReadOnlyList<string> Needs { get; init; } = [];

    /// <summary>Physical memory, bytes.</summary>
    public ulong MemoryBytes { get; init; } = DefaultMemory;

    /// <summary>Processes, the first one is the one that steps mean when they name none.</summary>
    public required IReadOnlyList<LitmusProcess> Processes { get; init; }

    /// <summary>The initial state: run to its end before any thread moves.</summary>
    public required LitmusThreadText Setup { get; init; }

    /// <summary>Threads: CPUs T0, T1, ... and devices D0, D1, ...</summary>
    public required IReadOnlyList<LitmusThreadText> Threads { get; init; }

    /// <summary>Registers in the order of the file.</summary>
    public required IReadOnlyList<string> Registers { get; init; }

    /// <summary>What conditions look at besides registers.</summary>
    public required IReadOnlyList<LitmusTerm> Observed { get; init; }

    /// <summary>Outcomes that must never happen.</summary>
    public required IReadOnlyList<LitmusCondition> Forbidden { get; init; }

    /// <summary>Outcomes that may happen; empty: all that are not forbidden.</summary>
    public required IReadOnlyList<LitmusCondition> Allowed { get; init; }

    /// <summary>The text that it was read from.</summary>
    public string Text { get; private init; } = string.Empty;

    /// <summary>Numbers that texts stand for.</summary>
    public required LitmusValue Values { get; init; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="InputException">It is not there, or it is wrong; with file, line and column.</exception>
    public static LitmusProgram Load(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"the litmus test '{path}' cannot be read: {e.Message}", "See bin/hilbench list litmus for those that are built in.");
        }
    }

    /// <summary>Reads the text of a file.</summary>
    /// <param name="text">Its content.</param>
    /// <param name="path">Its name in messages.</param>
    /// <exception cref="InputException">It is wrong; with file, line and column.</exception>
    public static LitmusProgram Parse(string text, string path) => new LitmusParser(path, text).Read() with { Text = text };

    /// <summary>The options of a bench for it: the kernel with its placements, and its memory.</summary>
    /// <param name="options">What was asked for.</param>
    public BenchOptions OptionsOn(BenchOptions options)
    {
        var profile = options.Profile;
        foreach (var (site, code) in Placements)
        {
            profile = profile.With(site, code);
        }

        foreach (var (site, experiment) in Experiments)
        {
            profile = profile.With(site, experiment);
        }

        profile = IsAsKernel ? profile.AsKernel() : profile;
        return options with { Profile = profile, MemoryBytes = MemoryBytes, Policy = Policy };
    }

    /// <summary>The test with what a case of the expected table puts in place.</summary>
    public LitmusProgram With(LitmusExpectation expected) => this with
    {
        Placements = [.. Placements, .. expected.Placements],
        Experiments = [.. Experiments, .. expected.Experiments],
        IsAsKernel = IsAsKernel || expected.IsAsKernel,
        DeviceFault = expected.DeviceFault ?? DeviceFault,
        ClientFaults = expected.ClientFaults,
    };

    /// <summary>Why a kernel cannot run it; null: it can.</summary>
    public string? Missing(KernelProfile kernel) =>
        kernel.Version < (Since?.Version ?? 0) ? $"{kernel.Name} is older than {Since!.Name}"
        : kernel.Version > (Until?.Version ?? int.MaxValue) ? $"{kernel.Name} is newer than {Until!.Name}"
        : null;

    /// <summary>What the file says of how a run ended. A wait without end is forbidden unless the file allows it.</summary>
    public LitmusVerdict Judge(LitmusRun run, bool isHang)
    {
        if (Forbidden.Any(condition => condition.Holds(run)))
        {
            return LitmusVerdict.Forbidden;
        }

        var isListed = Allowed.Any(condition => condition.Holds(run));
        return isListed || (Allowed.Count == 0 && !isHang) ? LitmusVerdict.Allowed
            : isHang ? LitmusVerdict.Forbidden : LitmusVerdict.Unlisted;
    }
}
