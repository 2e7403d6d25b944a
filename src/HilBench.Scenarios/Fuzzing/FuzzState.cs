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

    /// <summary>Programs in which the modelled host or the bench itself went wrong.</summary>
    public long Abandoned { get; private set; }

    /// <summary>Operations that ended.</summary>
    public long Operations { get; private set; }

    /// <summary>DMA operations and invalidations that ended.</summary>
    public long Transactions { get; private set; }

    /// <summary>Device clock cycles.</summary>
    public ulong Cycles { get; private set; }

    /// <summary>Wall-clock time of the programs.</summary>
    public TimeSpan Duration { get; private set; }

    /// <summary>What went wrong in the first of them; null: in none.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Whether a failure is one of the device: not one of the modelled host, nor of the bench.</summary>
    public static bool IsOfDevice(ExpectedFailure? failure) =>
        failure?.Rule is { } rule && RuleCatalogue.Find(rule)!.Subject != RuleSubject.Host;

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
    /// <param name="program">The program.</param>
    /// <param name="result">How it ended.</param>
    /// <param name="covered">Points of coverage that the device has reached so far.</param>
    public void Finished(FuzzProgram program, ScenarioResult result, ulong covered)
    {
        Programs++;
        Transactions += result.Transactions;
        Operations += result.Transactions + result.CpuOperations;
        Cycles += result.Cycles;
        Duration += result.Duration;
        if (ExpectedFailure.Of(result, isStrict: false) is { } failure && !IsOfDevice(failure))
        {
            Abandoned++;
            Trouble ??= $"{program.Name}: {failure.Rule} {failure.Reason}";
        }

        Mutated += program.IsMutated ? 1 : 0;
        if (Coverage.Add(result) > 0 | Coverage.Reach(covered))
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
