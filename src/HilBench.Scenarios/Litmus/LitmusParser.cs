using System.Globalization;
using HilBench.Journal;
using HilBench.Notifiers;
using HilBench.TranslationAgent;

namespace HilBench.Scenarios;

/// <summary>Reads litmus files (docs/litmus-format.md).</summary>
internal sealed class LitmusParser(string file, string text)
{
    private const string SetupName = "init";
    private static readonly string[] _keys =
    [
        "about", "allowed", "as-kernel", "commit", "experiment", "fault", "forbidden", "gather", SetupName, "litmus", "memory", "needs", "placement",
        "policy", "process", "profile", "since", "until", "T0", "D0",
    ];

    private readonly IReadOnlyList<LitmusLine> _lines = LitmusLine.ReadAll(file, text);
    private readonly LitmusNames _names = new();
    private readonly List<LitmusTerm> _observed = [];
    private readonly List<LitmusProcess> _processes = [];
    private readonly List<LitmusThreadText> _threads = [];
    private readonly List<LitmusCondition> _forbidden = [];
    private readonly List<LitmusCondition> _allowed = [];
    private readonly List<(string Commit, string Claim)> _commits = [];
    private readonly List<(CallSite Site, PlacementCode Code)> _placements = [];
    private readonly List<(CallSite Site, SiteExperiment Experiment)> _experiments = [];
    private readonly List<string> _about = [];
    private readonly List<string> _needs = [];
    private readonly Dictionary<string, KernelProfile> _profiles = [];
    private LitmusThreadText? _setup;
    private string? _fault;
    private ulong? _memory;
    private int? _gather;
    private InvalidationPolicy? _policy;
    private bool _isAsKernel;
    private int _at;

    /// <summary>The whole file.</summary>
    public LitmusProgram Read()
    {
        if (_lines.Count == 0)
        {
            throw new Place(file, 1, 1).Error("the file is empty", "See docs/litmus-format.md for its form.");
        }

        var (name, title) = ReadHead();
        while (_at < _lines.Count)
        {
            ReadPart(_lines[_at]);
            _at++;
        }

        var end = _lines[^1].End;
        if (_threads.Count == 0)
        {
            throw end.Error("there is no thread", "Write one as 'T0 {', its steps on lines of their own, and '}'.");
        }

        if (_forbidden.Count == 0)
        {
            throw end.Error("nothing is forbidden", "Say what must never come out, as in 'forbidden r1 = 1 and r2 = 0'.");
        }

        _names.Check();
        return new LitmusProgram
        {
            Name = name,
            Title = title,
            About = string.Join(' ', _about),
            Commits = _commits,
            Since = _profiles.GetValueOrDefault("since"),
            Until = _profiles.GetValueOrDefault("until"),
            Profile = _profiles.GetValueOrDefault("profile"),
            Placements = _placements,
            Experiments = _experiments,
            IsAsKernel = _isAsKernel,
            DeviceFault = _fault,
            GatherPages = _gather,
            Policy = _policy ?? InvalidationPolicy.Exact,
            Needs = _needs,
            MemoryBytes = _memory ?? 16UL << 20,
            Processes = _processes.Count > 0 ? _processes : [new("main", new Pcie.Pasid(1), IsBound: true, Function: 0)],
            Setup = _setup ?? new LitmusThreadText(SetupName, new Place(file, 1, 1), []),
            Threads = _threads,
            Registers = _names.Registers,
            Observed = _observed,
            Forbidden = _forbidden,
            Allowed = _allowed,
            Values = _names.Values,
        };
    }

    private (string Name, string Title) ReadHead()
    {
        var line = _lines[_at++];
        if (!line.First.IsWord("litmus"))
        {
            throw line.First.Place.Error($"a litmus file cannot begin with {line.First}", "Its first line is 'litmus NAME \"title\"'.");
        }

        var name = line[1].Kind == LitmusTokenKind.Word
            ? line[1].Text
            : throw line[1].Place.Error($"the name is missing in front of {line[1]}", "Write 'litmus L1 \"title\"'.");
        var title = TextAt(line, 2);
        End(line, 3);
        return (name, title);
    }

    private void ReadPart(LitmusLine line)
    {
        var key = line.First;
        switch (key.Text)
        {
            case "about":
                _about.Add(TextAt(line, 1));
                End(line, 2);
                break;
            case "commit":
                var claim = line[1].Kind == LitmusTokenKind.Text ? 1 : 2;
                _commits.Add((claim == 1 ? string.Empty : WordAt(line, 1), TextAt(line, claim)));
                End(line, claim + 1);
                break;
            case "needs":
                _needs.AddRange(line.Tokens.Skip(1).Select(LitmusKernelOptions.Need));
                break;
            case "process":
                _processes.Add(LitmusKernelOptions.Process(line, _processes));
                break;
            case SetupName:
                Once(_setup is null, key);
                _setup = ReadBlock(line, isDevice: false);
                break;
            case "forbidden":
                _forbidden.Add(new LitmusConditionReader(_lines, ref _at, 1, _names, _observed).Read());
                break;
            case "allowed":
                _allowed.Add(new LitmusConditionReader(_lines, ref _at, 1, _names, _observed).Read());
                break;
            default:
                if (!ReadOption(line))
                {
                    ReadThread(line);
                }

                break;
        }
    }

    // What the kernel, the device and the bench are like. False: the line says nothing of them.
    private bool ReadOption(LitmusLine line)
    {
        var key = line.First;
        switch (key.Text)
        {
            case "since" or "until" or "profile":
                Once(_profiles.TryAdd(key.Text, ProfileAt(line)), key);
                return true;
            case "placement":
                _placements.Add(LitmusKernelOptions.Placement(line));
                return true;
            case "experiment":
                _experiments.Add(LitmusKernelOptions.Experiment(line));
                return true;
            case "as-kernel":
                Once(!_isAsKernel, key);
                _isAsKernel = true;
                End(line, 1);
                return true;
            case "fault":
                Once(_fault is null, key);
                _fault = WordAt(line, 1);
                End(line, 2);
                return true;
            case "memory":
                Once(_memory is null, key);
                _memory = AddressExpression.Parse(WordAt(line, 1), line[1].Place).Evaluate(new Dictionary<string, ulong>());
                End(line, 2);
                return true;
            case "gather":
                Once(_gather is null, key);
                _gather = int.TryParse(WordAt(line, 1), NumberStyles.None, CultureInfo.InvariantCulture, out var pages) && pages > 0
                    ? pages
                    : throw line[1].Place.Error($"{line[1]} is no number of pages", "Write 'gather 1', for example.");
                End(line, 2);
                return true;
            case "policy":
                Once(_policy is null, key);
                _policy = InvalidationPolicies.Names.Contains(WordAt(line, 1))
                    ? InvalidationPolicies.Parse(line[1].Text)
                    : throw line[1].Place.Error($"there is no policy {line[1]}", NearestName.Suggest(line[1].Text, InvalidationPolicies.Names));
                End(line, 2);
                return true;
            default:
                return false;
        }
    }

    private void ReadThread(LitmusLine line)
    {
        var name = line.First;
        if (name.Kind != LitmusTokenKind.Word || !LitmusNames.IsThread(name.Text))
        {
            throw name.Place.Error($"unknown word {name}", NearestName.Suggest(name.Text, _keys));
        }

        Once(!_threads.Exists(thread => thread.Name == name.Text), name);
        _names.DefineThread(name.Text);
        _threads.Add(ReadBlock(line, isDevice: name.Text[0] == 'D'));
    }

    // NAME [key = value]... { steps }
    private LitmusThreadText ReadBlock(LitmusLine line, bool isDevice)
    {
        var brace = line.Tokens.Count - 1;
        if (brace == 0 || !line[brace].Is("{"))
        {
            throw line.End.Error("a '{' is missing", "Write the steps on lines of their own, between '{' and '}'.");
        }

        var defaults = LitmusStepReader.Defaults(line, 1, brace);
        var reader = new LitmusStepReader(_names, defaults, isDevice);
        var steps = new List<LitmusStep>();
        LitmusToken? atomic = null;
        while (true)
        {
            _at++;
            var step = _at < _lines.Count ? _lines[_at] : throw line.First.Place.Error($"the block {line.First} has no end", "Close it with '}'.");
            if (step.First.Is("}"))
            {
                End(step, 1);
                if (atomic is null)
                {
                    return new LitmusThreadText(line.First.Text, line.First.Place, steps);
                }

                atomic = null;
            }
            else if (step.First.IsWord("atomic"))
            {
                atomic = atomic is null && step[1].Is("{") ? step.First : throw step[1].Place.Error(
                    "'atomic' holds steps", atomic is null ? "Write 'atomic {'." : "It cannot stand inside another.");
                End(step, 2);
            }
            else
            {
                steps.Add(reader.Read(_lines, ref _at, atomic is not null));
            }
        }
    }

    private static void Once(bool isFirst, LitmusToken key)
    {
        if (!isFirst)
        {
            throw key.Place.Error($"{key} stands here for the second time", "Write it once.");
        }
    }

    private static KernelProfile ProfileAt(LitmusLine line)
    {
        var name = WordAt(line, 1);
        End(line, 2);
        return KernelProfile.Find(name) ?? throw line[1].Place.Error(
            $"there is no kernel profile '{name}'", NearestName.Suggest(name, KernelProfile.All.Select(profile => profile.Name)));
    }

    private static string TextAt(LitmusLine line, int index) => line[index].Kind == LitmusTokenKind.Text
        ? line[index].Text
        : throw line[index].Place.Error($"a text is missing in front of {line[index]}", "Write it in quotes.");

    private static string WordAt(LitmusLine line, int index) => line[index].Kind == LitmusTokenKind.Word
        ? line[index].Text
        : throw line[index].Place.Error($"a word is missing in front of {line[index]}", $"Say what '{line.First.Text}' is.");

    private static void End(LitmusLine line, int index)
    {
        if (line[index].Kind != LitmusTokenKind.End)
        {
            throw line[index].Place.Error($"{line[index]} does not belong here", "Write it on a line of its own, or in front of it a '#'.");
        }
    }
}
