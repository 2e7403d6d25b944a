using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using HilBench.Cli.Boards;
using HilBench.Scenarios;

namespace HilBench.Cli.Commands;

/// <summary>The options that say what to run on what; run, mutate and bench share them.</summary>
internal sealed class RunArguments(string? suite = null)
{
    private static readonly RunOptions _defaults = new();
    private readonly Option<string> _device = Text("--device", "URI", BoardArguments.DeviceForms, _defaults.Device);
    private readonly BoardArguments _boards = new();
    private readonly Option<string> _suite = Text(
        "--suite", "NAME|PATH", "The suite, or a scenario file, or a folder of them.", suite ?? _defaults.Suite);
    private readonly Option<string?> _filter = new("--filter")
    {
        Description = "Only scenarios whose name matches; * and ? stand for any characters.",
        HelpName = "GLOB",
    };

    private readonly Option<string?> _profile = new("--profile")
    {
        Description = "The kernel whose notifier calls are played, see 'hilbench list profiles'.",
        HelpName = "NAME",
        DefaultValueFactory = _ => FromEnvironment("PROFILE"),
    };

    private readonly Option<bool> _asKernel = new("--as-kernel")
    {
        Description = "The kernel's own known mistakes are reproduced too, see 'hilbench list profiles'.",
    };

    private readonly Option<string> _policy = Text("--policy", "NAME", "How a range is cut into Invalidate Requests: 4k, exact, cover or global.", _defaults.Policy);
    private readonly Option<ulong> _seed = new("--seed")
    {
        Description = "The seed that decides all chances.",
        HelpName = "N",
        DefaultValueFactory = result => FromEnvironment("SEED") is { } text ? ParseSeed(result, text) : _defaults.Seed,
        CustomParser = result => ParseSeed(result, result.Tokens[0].Value),
    };

    private readonly Option<bool> _strict = new("--strict")
    {
        Description = "Rules that no public source confirms, and warnings, fail a scenario, too.",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_device);
        _boards.AddTo(command);
        command.Add(_suite);
        command.Add(_filter);
        command.Add(_profile);
        command.Add(_asKernel);
        command.Add(_policy);
        command.Add(_seed);
        command.Add(_strict);
    }

    /// <summary>Adds the options that say on what, but not which suite.</summary>
    public void AddTargetTo(Command command)
    {
        command.Add(_device);
        _boards.AddTo(command);
        command.Add(_profile);
        command.Add(_seed);
        command.Add(_strict);
    }

    /// <summary>What the device on the command line means.</summary>
    public BoardTarget Target(ParseResult parse) => _boards.Resolve(parse, parse.GetRequiredValue(_device));

    /// <summary>On what the command line wants to fuzz.</summary>
    public FuzzOptions ReadTarget(ParseResult parse) => new()
    {
        Device = Target(parse).Device,
        Profile = parse.GetValue(_profile),
        Seed = parse.GetValue(_seed),
        IsStrict = parse.GetValue(_strict),
    };

    /// <summary>What the command line asks for.</summary>
    public RunOptions Read(ParseResult parse) => new()
    {
        Device = Target(parse).Device,
        NamedDevice = parse.GetRequiredValue(_device),
        BenchFile = Target(parse).Entry is null ? null : _boards.Path(parse),
        Suite = parse.GetRequiredValue(_suite),
        Filter = parse.GetValue(_filter),
        Profile = parse.GetValue(_profile),
        AsKernel = parse.GetValue(_asKernel),
        Policy = parse.GetRequiredValue(_policy),
        Seed = parse.GetValue(_seed),
        IsStrict = parse.GetValue(_strict),
    };

    /// <summary>The option that names a suite.</summary>
    public static Option<string> SuiteOption(string description) => Text("--suite", "NAME|PATH", description, _defaults.Suite);

    private static Option<string> Text(string name, string helpName, string description, string usual) => new(name)
    {
        Description = description,
        HelpName = helpName,
        DefaultValueFactory = _ => FromEnvironment(name.TrimStart('-').ToUpperInvariant()) ?? usual,
    };

    private static ulong ParseSeed(ArgumentResult result, string text)
    {
        var isHex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        var style = isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
        if (!ulong.TryParse(isHex ? text[2..] : text, style, CultureInfo.InvariantCulture, out var seed))
        {
            result.AddError($"'{text}' is no seed: give a number from 0 to {ulong.MaxValue}, or 0x and hexadecimal digits.");
        }

        return seed;
    }

    private static string? FromEnvironment(string name) =>
        Environment.GetEnvironmentVariable($"HILBENCH_{name}") is { Length: > 0 } value ? value : null;
}
