using System.Diagnostics;
using System.Text;

namespace HilBench.System.Tests;

/// <summary>Ctrl-C on a terminal: script(1) gives the command a pseudo-terminal, so that the key itself is sent.</summary>
public sealed class InterruptTests
{
    private const char ControlC = '\u0003';

    [TestCase("model:")]
    [TestCase("rtl:")]
    public void Ctrl_C_ends_a_run_with_130_a_summary_whole_files_and_no_process(string device)
    {
        RunTests.RequireRtl(device);
        using var folder = new TemporaryFolder();
        using var process = Start($"bin/hilbench run --device {device} --repeat 1000 --json {folder["r.json"]} --report {folder["report"]}");

        var seen = ReadUntil(process, "[5/");
        process.StandardInput.Write(ControlC);
        process.StandardInput.Flush();
        var rest = process.StandardOutput.ReadToEndAsync();
        var hasEnded = process.WaitForExit(TimeSpan.FromSeconds(60));

        Assert.That(hasEnded, Is.True, seen);
        Assert.That(process.ExitCode, Is.EqualTo(130));
        Assert.That(rest.GetAwaiter().GetResult(), Does.Contain("interrupted"));
        Assert.That(folder.Files, Is.EqualTo((string[])["r.json", "report/index.html"]));
        Assert.That(File.ReadAllText(folder["r.json"]), Does.Contain("\"interrupted\": true").And.EndWith("}\n"));
        Assert.That(ProcessesThatName(folder.Root), Is.Empty);
    }

    [Test]
    public void Progress_and_drawn_table_are_for_terminals()
    {
        using var process = Start("bin/hilbench run --device model: --suite smoke");

        var text = process.StandardOutput.ReadToEnd();

        Assert.That(text, Does.Contain("[1/").And.Contain("╭").And.Contain("\u001b["));
    }

    [Test]
    public void No_color_is_honoured_on_a_terminal()
    {
        using var process = Start("NO_COLOR=1 bin/hilbench run --device model: --suite smoke 2>/dev/null");

        var text = process.StandardOutput.ReadToEnd();

        Assert.That(text, Does.Contain("╭"));
        Assert.That(text, Does.Not.Match("\u001b\\[([0-9]+;)*(3[0-8]|4[0-8]|9[0-7])[;m]"), "bold is no colour");
    }

    [Test]
    public void Narrow_terminal_gets_whole_names_without_a_frame()
    {
        using var process = Start("stty cols 40; bin/hilbench run --device model: --suite smoke 2>/dev/null");

        var text = process.StandardOutput.ReadToEnd();

        Assert.That(text, Does.Contain("smoke/inside-2MiB  passed").And.Not.Contain("╭"));
    }

    private static Process Start(string command)
    {
        var start = new ProcessStartInfo("script", ["--quiet", "--return", "--command", $"stty cols 120 rows 40; {command}", "/dev/null"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = Repository.Root,
        };
        start.Environment["TERM"] = "xterm-256color";
        start.Environment.Remove("NO_COLOR");
        return Process.Start(start)!;
    }

    private static string ReadUntil(Process process, string mark)
    {
        var seen = new StringBuilder();
        while (!seen.ToString().Contains(mark, StringComparison.Ordinal))
        {
            var next = process.StandardOutput.Read();
            Assert.That(next, Is.GreaterThanOrEqualTo(0), $"the command ended before '{mark}': {seen}");
            seen.Append((char)next);
        }

        return seen.ToString();
    }

    private static IEnumerable<string> ProcessesThatName(string text) =>
        Directory.EnumerateDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _)).Select(CommandLine)
            .Where(line => line.Contains(text, StringComparison.Ordinal));

    private static string CommandLine(string folder)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, "cmdline"));
        }
        catch (IOException)
        {
            return "";
        }
    }
}
