using System.Diagnostics;

namespace HilBench.System.Tests;

/// <summary>The console, from a script, a pipe and a terminal.</summary>
public sealed class ConsoleTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    [Test]
    public void Script_of_the_guide_brings_the_reference_device_up()
    {
        using var folder = new TemporaryFolder();
        var page = Repository.Read("docs/lab.md");
        var start = page.IndexOf("# bringup.txt\n", StringComparison.Ordinal);
        File.WriteAllText(folder["bringup.txt"], page[start..page.IndexOf("```", start, StringComparison.Ordinal)]);

        var answer = Hilbench.Run("console", "--device", "model:", "--script", folder["bringup.txt"]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.ExitCode, Is.Zero, answer.Error);
            Assert.That(answer.Out, Does.Contain("InvalidateRequest from=00:00.0 to=01:00.0 itag=0 range=0x10000+4KiB"));
            Assert.That(answer.Out, Does.Contain("InvalidateCompletion from=01:00.0 to=00:00.0 itags=0 CC=1"));
        }
    }

    [Test]
    public void Expectation_that_a_faulty_device_does_not_hold_exits_1_with_the_line()
    {
        var answer = Piped("enable\nslot 0 read 0x10000 16\n\n# a comment\nexpect 7 slot 0\nread ID\n");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.ExitCode, Is.EqualTo(1));
            Assert.That(answer.Error, Is.EqualTo("hilbench: stdin:5:8: expected 0x7, found 0x0: expect 7 slot 0\n"));
            Assert.That(answer.Out, Does.Not.Contain("0x4248494c"), "nothing runs behind the line that fails");
        }
    }

    [TestCase("cgf id", "stdin:1:1: there is no command 'cgf'. Did you mean 'cfg'?")]
    [TestCase("  cfg 0x103", "stdin:1:7: 0x103 is no multiple of 4.")]
    [TestCase("cfg id 0x1_0000_0000", "stdin:1:8: '0x1_0000_0000' is no value.")]
    [TestCase("cfg id fm=1", "stdin:1:8: 'fm=1' is no value and no option.")]
    [TestCase("read ATC_HITZ", "stdin:1:6: 'ATC_HITZ' is no register. Did you mean 'ATC_HITS'?")]
    [TestCase("read ID", "stdin:1:6: BAR0 does not answer: it has no address, or memory space is off. Type: enable")]
    [TestCase("slot 8", "stdin:1:6: '8' is no slot. Write a number up to 0x7.")]
    [TestCase("expect 1", "stdin:1:9: a command is missing.")]
    [TestCase("expect 1 info", "stdin:1:10: this command finds no value.")]
    [TestCase("tlp 2000040", "stdin:1:5: 7 digits: a byte is missing its second.")]
    [TestCase("invalidate 0 0x3000", "stdin:1:14: 0x3000 is no size of a block.")]
    [TestCase("info now", "stdin:1:6: 'now' is too much.")]
    [TestCase("script /no/such/file", "stdin:1:8: '/no/such/file' cannot be read")]
    public void Line_that_is_wrong_exits_2_with_line_and_column(string line, string error)
    {
        var answer = Piped($"{line}\n");

        Assert.That((answer.ExitCode, answer.Error), Is.EqualTo((2, answer.Error)));
        Assert.That(answer.Error, Does.StartWith($"hilbench: {error}"));
    }

    [Test]
    public void Terminal_has_completion_and_history_and_goes_on_after_a_mistake()
    {
        if (!File.Exists("/usr/bin/script"))
        {
            Assert.Ignore("script(1) is not there: no terminal to type on");
        }

        using var folder = new TemporaryFolder();
        // Tab completes "en" and "ATC_H"; the cursor keys bring "read ATC_HITS" back.
        var answer = Typed(folder, "en\t\r" + "raed ID\r" + "read ATC_H\t\r" + "\u001b[A\u001b[A\u001b[A\u001b[B\u001b[B\r" + "quit\r");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer, Does.Contain("BAR0 at 0xe0000000"));
            Assert.That(answer, Does.Contain("there is no command 'raed'. Did you mean 'read'?"));
            Assert.That(answer.Split("0x018: 0x00000000").Length - 1, Is.EqualTo(2), "once typed, once from the history");
            Assert.That(File.ReadAllLines(folder["hilbench/console-history"]), Is.EqualTo((string[])["enable ", "raed ID", "read ATC_HITS ", "quit"]));
        }
    }

    private static Hilbench.Answer Piped(string lines)
    {
        using var process = Start(new ProcessStartInfo(Path.Combine(Repository.Root, "bin", "hilbench"), ["console", "--device", "model:"]));
        process.StandardInput.Write(lines);
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        Assert.That(process.WaitForExit(_patience), Is.True, "it hangs");
        return new(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    // script(1) makes the terminal; keys are typed when the prompt is there.
    private static string Typed(TemporaryFolder state, string keys)
    {
        var start = new ProcessStartInfo("/usr/bin/script", ["-qefc", $"{Path.Combine(Repository.Root, "bin", "hilbench")} console --device model:", "/dev/null"]);
        start.Environment["XDG_STATE_HOME"] = state.Root;
        start.Environment["TERM"] = "xterm";
        using var process = Start(start);
        var output = new List<char>();
        var buffer = new char[1024];
        while (!new string([.. output]).Contains("hilbench> ", StringComparison.Ordinal) && process.StandardOutput.Read(buffer, 0, buffer.Length) is var count and > 0)
        {
            output.AddRange(buffer[..count]);
        }

        process.StandardInput.Write(keys);
        process.StandardInput.Flush();
        var rest = process.StandardOutput.ReadToEndAsync();
        Assert.That(process.WaitForExit(_patience), Is.True, "it hangs");
        return new string([.. output]) + rest.GetAwaiter().GetResult();
    }

    private static Process Start(ProcessStartInfo start)
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.WorkingDirectory = Repository.Root;
        return Process.Start(start)!;
    }
}
