using HilBench.Journal;

namespace HilBench.Scenarios;

/// <summary>Reads the steps of one block of a litmus file: <c>[register =] step [value]... [key = value]...</c>.</summary>
internal sealed class LitmusStepReader(
    LitmusNames names, IReadOnlyList<(LitmusToken Key, LitmusToken Value)> defaults, bool isDevice)
{
    private static readonly string[] _defaultKeys = ["at", "size"];
    private static readonly Dictionary<string, string[]> _keys = new()
    {
        ["add"] = ["at", "value"],
        ["cache"] = ["at", "for"],
        ["clear-refs"] = ["value"],
        ["client"] = ["as", "kind"],
        ["client-remove"] = ["client"],
        ["exit"] = ["process"],
        ["file"] = ["name", "size"],
        ["file-sync"] = ["file", "offset", "size"],
        ["file-truncate"] = ["file", "size"],
        ["file-write"] = ["file", "offset"],
        ["fork"] = ["child"],
        ["invalidate"] = ["at", "size"],
        ["madvise"] = ["at", "advice"],
        ["map"] = ["name", "size"],
        ["page"] = ["name", "at"],
        ["mprotect"] = ["at", "access"],
        ["mremap"] = ["at", "to"],
        ["hold"] = ["what"],
        ["run"] = ["cycles"],
        ["wait"] = ["for"],
        ["write"] = ["at", "value"],
    };

    /// <summary>Steps of scenario files that a litmus test has other words for.</summary>
    private static readonly string[] _notHere =
        ["begin", "go", "repeat", "together", "client-add", "client-read", "client-write", "dma-read", "dma-write", "dma-atomic", "finding"];

    /// <summary>Pairs of a block's first line: keys that its steps have unless they say otherwise.</summary>
    public static IReadOnlyList<(LitmusToken Key, LitmusToken Value)> Defaults(LitmusLine line, int first, int end)
    {
        var pairs = Pairs(line, first, end);
        foreach (var (key, _) in pairs)
        {
            if (key.Text is not ("process" or "via"))
            {
                throw key.Place.Error($"unknown key {key}", NearestName.Suggest(key.Text, ["process", "via"]));
            }
        }

        return pairs;
    }

    /// <summary>Pairs of key and value in a part of a line.</summary>
    public static IReadOnlyList<(LitmusToken Key, LitmusToken Value)> Pairs(LitmusLine line, int first, int end)
    {
        var pairs = new List<(LitmusToken Key, LitmusToken Value)>();
        for (var i = first; i < end; i += 3)
        {
            var (key, equals, value) = (line[i], line[i + 1], line[i + 2]);
            if (key.Kind != LitmusTokenKind.Word || !equals.Is("="))
            {
                throw key.Place.Error($"{key} does not belong here", "Write 'key = value'.");
            }

            if (i + 2 >= end || value.Kind == LitmusTokenKind.Symbol)
            {
                throw value.Place.Error($"the value of {key} is missing", $"Write '{key.Text} = ...'.");
            }

            if (pairs.Exists(pair => pair.Key.Text == key.Text))
            {
                throw key.Place.Error($"{key} stands here for the second time", "Write it once.");
            }

            pairs.Add((key, value));
        }

        return pairs;
    }

    /// <summary>Reads the step of a line.</summary>
    public LitmusStep Read(IReadOnlyList<LitmusLine> lines, ref int index, bool isAtomic)
    {
        var line = lines[index];
        LitmusToken? register = line[1].Is("=") ? line.First : null;
        var first = register is null ? 0 : 2;
        var name = line[first];
        if (register is { } defined)
        {
            names.Define(defined);
            if (name.Kind == LitmusTokenKind.Text || (name.Kind == LitmusTokenKind.Word && char.IsAsciiDigit(name.Text[0])))
            {
                return new LitmusStep(line.Text, line.First.Place, LitmusSteps.Set(defined.Text, LitmusSteps.ValueOf(name, names.Values)), isAtomic);
            }
        }

        if (name.Kind != LitmusTokenKind.Word)
        {
            throw name.Place.Error($"{name} is no step", "A step begins with its name, as in 'munmap A 4KiB'.");
        }

        if (name.Text == "await")
        {
            var condition = new LitmusConditionReader(lines, ref index, first + 1, names, []).Read();
            return new LitmusStep(line.Text, line.First.Place, LitmusSteps.Await(condition), isAtomic);
        }

        var arguments = Arguments(line, first);
        var map = LitmusArguments.Of(name, arguments);
        var body = ReadBody(name, register, map);
        map.Close();
        var isThroughClient = arguments.Exists(argument => argument.Key.Text == "via");
        return new LitmusStep(line.Text, line.First.Place, body, isAtomic) { IsThroughClient = isThroughClient };
    }

    private LitmusBody ReadBody(LitmusToken name, LitmusToken? register, MapReader map)
    {
        var context = new LitmusStepContext(map, register?.Text, isDevice, names);
        if (LitmusSteps.Read(name.Text, context) is { } own)
        {
            return own;
        }

        if (register is { } lost)
        {
            throw lost.Place.Error($"'{name.Text}' has no value for a register", "Only read, write, add and a plain value have one.");
        }

        var body = _notHere.Contains(name.Text) ? null : StepReader.Read(name.Text, map);
        return body is not null
            ? (run, _) => body(run.Scenario)
            : throw name.Place.Error(
                $"unknown step {name}", NearestName.Suggest(name.Text, StepReader.Names.Except(_notHere).Concat(LitmusSteps.Names)));
    }

    // Values without a key come first, in the order of the step's keys.
    private List<(LitmusToken Key, LitmusToken Value)> Arguments(LitmusLine line, int step)
    {
        var arguments = new List<(LitmusToken Key, LitmusToken Value)>();
        var keys = _keys.GetValueOrDefault(line[step].Text, _defaultKeys);
        var i = step + 1;
        for (; i < line.Tokens.Count && line[i].Kind != LitmusTokenKind.Symbol && !line[i + 1].Is("="); i++)
        {
            if (arguments.Count == keys.Length)
            {
                throw line[i].Place.Error(
                    $"{line[i]} is one value too many", $"'{line[step].Text}' takes {string.Join(" and ", keys)}; others need their name, as in 'key = value'.");
            }

            arguments.Add((line[i] with { Kind = LitmusTokenKind.Word, Text = keys[arguments.Count] }, line[i]));
        }

        foreach (var (key, value) in Pairs(line, i, line.Tokens.Count))
        {
            if (arguments.Exists(known => known.Key.Text == key.Text))
            {
                throw key.Place.Error($"{key} has a value already", $"'{line[step].Text}' takes {string.Join(" and ", keys)} without their names.");
            }

            arguments.Add((key, value));
        }

        foreach (var (key, value) in defaults)
        {
            if (!arguments.Exists(known => known.Key.Text == key.Text) && LitmusSteps.Takes(line[step].Text, key.Text))
            {
                arguments.Add((key, value));
            }
        }

        return arguments;
    }
}
