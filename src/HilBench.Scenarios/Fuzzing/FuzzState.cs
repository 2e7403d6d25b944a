using System.Globalization;
using HilBench.Checking;
using HilBench.Journal;

namespace HilBench.Scenarios;

/// <summary>What a fuzzing run has done so far, and what it does next.</summary>
/// <param name="seed">The run's seed.</param>
/// <param name="operations">The CPU operations that programs may use.</param>
internal sealed class FuzzState(ulong seed, IReadOnlyList<FuzzOperation> operations)
{
    private const int CorpusMax = 64;
    private const int MutatedPercent = 40;
    private readonly List<FuzzProgram> _corpus = [];

    /// <summary>Bins that were reached.</summary>
    public FuzzCoverage Coverage { get; } = new();

    /// <summary>Programs that ran.</summary>
    public long Programs { get; private set; }

    /// <summary>Programs that were made from another.</summary>
    public long Mutated { get; private set; }

    /// <summary>Programs that were left because they did not end.</summary>
    public long Abandoned { get; private set; }

    /// <summary>Operations that ended.</summary>
    public long Operations { get; private set; }

    /// <summary>DMA operations and invalidations that ended.</summary>
    public long Transactions { get; private set; }

    /// <summary>Device clock cycles.</summary>
    public ulong Cycles { get; private set; }

    /// <summary>Wall-clock time of the programs.</summary>
    public TimeSpan Duration { get; private set; }

    /// <summary>Whether a program was left because it did not end: no rule says that what the kernel model does must end.</summary>
    public static bool IsEndless(ScenarioResult result) =>
        result is { Verdict: Verdict.Error, Note: { } note } && note.Contains(ControlSteps.Endless, StringComparison.Ordinal);

    /// <summary>The next program.</summary>
    public FuzzProgram Next()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"fuzz/{seed}/{Programs + 1}");
        var choice = new SeededChoice(SeededChoice.ChildSeed(seed, name));
        if (_corpus.Count > 1 && choice.Chance(MutatedPercent))
        {
            return Mutate(choice, name);
        }

        var features = FuzzFeatures.Draw(choice.Child("features"));
        var node = new ProgramGenerator(choice.Child("program"), features, operations).Write(name);
        return new FuzzProgram(name, choice.Seed, features.Policy, node);
    }

    /// <summary>A program has ended.</summary>
    public void Finished(FuzzProgram program, ScenarioResult result)
    {
        Programs++;
        Transactions += result.Transactions;
        Operations += result.Transactions + result.CpuOperations;
        Cycles += result.Cycles;
        Duration += result.Duration;
        Abandoned += IsEndless(result) ? 1 : 0;
        Mutated += program.IsMutated ? 1 : 0;
        if (Coverage.Add(result) > 0)
        {
            Keep(program);
        }
    }

    private FuzzProgram Mutate(SeededChoice choice, string name)
    {
        var origin = _corpus[(int)choice.Below((ulong)_corpus.Count)];
        var other = _corpus[(int)choice.Below((ulong)_corpus.Count)];
        var node = new ProgramMutator(choice.Child("changes")).Mutate(origin.Node, other.Node, name);
        return origin with { Name = name, Seed = choice.Seed, Node = node, IsMutated = true };
    }

    // What showed something new lately is nearer to the next new thing than what did long ago.
    private void Keep(FuzzProgram program)
    {
        if (_corpus.Count == CorpusMax)
        {
            _corpus.RemoveAt(0);
        }

        _corpus.Add(program);
    }
}
