using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace HilBench.System.Tests;

public sealed class HelpTests
{
    private static readonly Lazy<List<string>> _commands = new(() => CommandsBelow(""));

    private static readonly ConcurrentDictionary<string, string> _help = new();

    private static readonly string[] _documents = ["README.md", "docs/cli.md", "docs/reports.md", "docs/own-device.md", "docs/kernel-traces.md", "docs/lab.md"];

    [Test]
    public void Every_command_has_help_with_an_example_that_calls_it()
    {
        var commands = Commands();

        Assert.That(commands, Is.SupersetOf((string[])["run", "list", "mutate", "decode", "doctor", "board power on"]));
        foreach (var command in commands)
        {
            var answer = Hilbench.Run([.. command.Split(' '), "--help"]);

            Assert.That(answer.ExitCode, Is.Zero, command);
            Assert.That(answer.Out, Does.Contain("Examples:\n").And.Contain($"\n  hilbench {command}"), command);
        }
    }

    [Test]
    public void Help_tells_the_exit_codes()
    {
        var help = Hilbench.Run("--help").Out;

        Assert.That(((string[])["0 ", "1 ", "2 ", "3 ", "130 "]).Where(code => !help.Contains($"\n  {code}", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public void Version_is_one_line() => Assert.That(Hilbench.Run("--version").Out, Does.Match(@"^hilbench \d+\.\d+\.\d+\n$"));

    [TestCaseSource(nameof(_documents))]
    public void Commands_and_options_that_the_documents_name_exist(string document)
    {
        var known = Commands();
        var used = Regex.Matches(Repository.Read(document), @"bin/hilbench ([a-z][^\n`|]*)").ToList();

        Assert.That(used, Is.Not.Empty);
        foreach (var use in used)
        {
            var line = use.Groups[1].Value;
            var command = known.Where(name => $"{line} ".StartsWith($"{name} ", StringComparison.Ordinal)).MaxBy(name => name.Length);
            Assert.That(command, Is.Not.Null, use.Value);
            if (!_help.TryGetValue(command!, out var help))
            {
                _help[command!] = help = Hilbench.Run([.. command!.Split(' '), "--help"]).Out;
            }

            foreach (Match option in Regex.Matches(line, @"(?<=\s)--[a-z]+"))
            {
                Assert.That(help, Does.Contain(option.Value), use.Value);
            }
        }
    }

    [Test]
    public void Every_command_and_option_stands_in_the_command_line_guide()
    {
        var guide = Repository.Read("docs/cli.md");
        foreach (var command in Commands())
        {
            Assert.That(guide, Does.Contain($"## {command}"));
            foreach (Match option in Regex.Matches(Hilbench.Run([.. command.Split(' '), "--help"]).Out, @"(?m)^  (?:-\w, )?(--[a-z-]+)"))
            {
                Assert.That(guide, Does.Contain(option.Groups[1].Value), command);
            }
        }
    }

    private static List<string> Commands() => _commands.Value;

    // Commands of commands too: "board", "board power", "board power on".
    private static List<string> CommandsBelow(string above)
    {
        var help = Hilbench.Run([.. above.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]).Out;
        var start = help.IndexOf("Commands:", StringComparison.Ordinal);
        if (start < 0)
        {
            return [];
        }

        var section = help[start..help.IndexOf("Examples:", StringComparison.Ordinal)];
        return [.. Regex.Matches(section, @"(?m)^  ([a-z-]+)").Select(match => $"{above} {match.Groups[1].Value}".Trim())
            .SelectMany(command => (List<string>)[command, .. CommandsBelow(command)])];
    }
}
