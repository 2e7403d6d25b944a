using System.Text.RegularExpressions;

namespace HilBench.System.Tests;

public sealed class HelpTests
{
    private static readonly string[] _documents = ["README.md", "docs/cli.md", "docs/reports.md", "docs/own-device.md", "docs/kernel-traces.md"];

    [Test]
    public void Every_command_has_help_with_an_example_that_calls_it()
    {
        var commands = Commands();

        Assert.That(commands, Is.SupersetOf((string[])["run", "list", "mutate", "decode", "doctor"]));
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
        var used = Regex.Matches(Repository.Read(document), @"bin/hilbench ([a-z-]+(?: check| test)?)([^\n`|]*)").ToList();

        Assert.That(used, Is.Not.Empty);
        foreach (var use in used)
        {
            var command = use.Groups[1].Value;
            Assert.That(known, Does.Contain(command), use.Value);
            var help = Hilbench.Run([.. command.Split(' '), "--help"]).Out;
            foreach (Match option in Regex.Matches(use.Groups[2].Value, @"(?<=\s)--[a-z]+"))
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

    private static List<string> Commands()
    {
        var help = Hilbench.Run("--help").Out;
        var section = help[help.IndexOf("Commands:", StringComparison.Ordinal)..help.IndexOf("Examples:", StringComparison.Ordinal)];
        return [.. Regex.Matches(section, @"(?m)^  ([a-z-]+)").Select(match =>
            match.Groups[1].Value switch
        {
            "kernel-trace" => "kernel-trace check",
            "link" => "link test",
            var command => command,
        })];
    }
}
