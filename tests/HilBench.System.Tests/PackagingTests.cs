using System.Diagnostics;
using System.Text.RegularExpressions;

namespace HilBench.System.Tests;

/// <summary>What packaging/install puts in place is taken by udev and systemd.</summary>
public sealed class PackagingTests
{
    [Test]
    public void Systemd_finds_nothing_wrong_with_the_units()
    {
        using var folder = Install();
        var units = Directory.EnumerateFiles(folder["etc/systemd/system"]).Select(unit => unit.Replace("@.", "@board.", StringComparison.Ordinal)).ToList();
        foreach (var unit in Directory.EnumerateFiles(folder["etc/systemd/system"], "*@.*").ToList())
        {
            File.Copy(unit, unit.Replace("@.", "@board.", StringComparison.Ordinal));
        }

        var (exitCode, said) = Tool("systemd-analyze", ["verify", "--man=no", .. units]);

        Assert.That((exitCode, said), Is.EqualTo((0, "")));
    }

    [Test]
    public void Udev_finds_nothing_wrong_with_the_rules()
    {
        using var folder = Install();
        if (Tool("udevadm", ["verify", "--help"]).ExitCode != 0)
        {
            Assert.Ignore("this udevadm has no verify (systemd 254 and later have it)");
        }

        var (exitCode, said) = Tool("udevadm", ["verify", "--resolve-names=never", folder["etc/udev/rules.d/60-hilbench.rules"]]);

        Assert.That(exitCode, Is.Zero, said);
    }

    [Test]
    public void Each_udev_rule_is_a_list_of_matches_and_assignments()
    {
        var rules = File.ReadLines(Path.Combine(Repository.Root, "packaging", "60-hilbench.rules")).Where(line => line.Length > 0 && line[0] != '#').ToList();

        var wrong = rules.Where(rule => !Regex.IsMatch(rule, @"^(([A-Z]+)(\{[A-Za-z_]+\})?(==|!=|\+=|=)""[^""]*"")(, ([A-Z]+)(\{[A-Za-z_]+\})?(==|!=|\+=|=)""[^""]*"")*$")
            || !rule.Contains("SUBSYSTEM==\"", StringComparison.Ordinal));

        Assert.That(rules, Is.Not.Empty);
        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void Units_call_commands_that_there_are()
    {
        using var folder = Install();
        var lines = Directory.EnumerateFiles(folder["etc/systemd/system"], "*.service").SelectMany(File.ReadLines).Where(line => line.StartsWith("Exec", StringComparison.Ordinal)).ToList();

        Assert.That(lines, Has.Count.EqualTo(3));
        foreach (var words in lines.Select(line => line[(line.IndexOf('/', StringComparison.Ordinal))..].Split(' ')))
        {
            Assert.That(words[0], Is.EqualTo(Path.Combine(Repository.Root, "bin", "hilbench")));
            var help = Hilbench.Run([.. words[1..].TakeWhile(word => !word.StartsWith('-')), "--help"]).Out;
            Assert.That(words.Where(word => word.StartsWith("--", StringComparison.Ordinal) && !help.Contains(word, StringComparison.Ordinal)), Is.Empty);
        }
    }

    [Test]
    public void What_was_installed_is_removed_again()
    {
        using var folder = Install();

        Tool(Path.Combine(Repository.Root, "packaging", "install"), ["--remove", folder.Root]);

        Assert.That(folder.Files, Is.Empty);
    }

    private static TemporaryFolder Install()
    {
        var folder = new TemporaryFolder();
        var (exitCode, said) = Tool(Path.Combine(Repository.Root, "packaging", "install"), ["--destination", folder.Root]);
        Assert.That(exitCode, Is.Zero, said);
        return folder;
    }

    private static (int ExitCode, string Said) Tool(string name, string[] arguments)
    {
        var paths = Path.IsPathRooted(name) ? [name] : (string[])[$"/usr/bin/{name}", $"/usr/sbin/{name}", $"/bin/{name}"];
        if (paths.FirstOrDefault(File.Exists) is not { } path)
        {
            Assert.Ignore($"{name} is not there");
            return default;
        }

        using var process = Process.Start(new ProcessStartInfo(path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, (output + error.GetAwaiter().GetResult()).Trim());
    }
}
