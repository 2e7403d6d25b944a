using System.Diagnostics;

namespace HilBench.System.Tests;

public sealed class BenchTroubleTests
{
    [Test]
    public void Library_that_is_not_there_exits_3_and_names_the_layer_and_the_file()
    {
        var answer = Hilbench.Run("run", "--device", "lib:./nonsense.so");

        Assert.That(answer.ExitCode, Is.EqualTo(3));
        Assert.That(answer.Error, Does.StartWith("hilbench: Device: ").And.Contain("nonsense.so"));
        Assert.That(answer.Error.TrimEnd().Split('\n'), Has.Length.EqualTo(1));
    }

    [Test]
    public void Library_that_is_no_library_exits_3()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["text.so"], "this is text");

        var answer = Hilbench.Run("run", "--device", $"lib:{folder["text.so"]}");

        Assert.That(answer.ExitCode, Is.EqualTo(3));
        Assert.That(answer.Error, Does.Contain("text.so"));
        Assert.That(answer.Error, Does.Not.Contain("   at "));
    }

    [Test]
    public void Report_folder_that_cannot_be_made_exits_3_before_anything_runs()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["file"], "");

        var answer = Hilbench.Run("run", "--device", "model:", "--suite", "smoke", "--report", folder["file/report"]);

        Assert.That(answer.ExitCode, Is.EqualTo(3));
        Assert.That(answer.Out, Is.Empty);
        Assert.That(answer.Error, Does.StartWith("hilbench: Host: ").And.Contain("file/report"));
        Assert.That(folder.Files, Is.EqualTo((string[])["file"]));
    }

    [Test]
    public void Full_device_file_exits_3_after_the_table()
    {
        var answer = Hilbench.Run("run", "--device", "model:", "--suite", "smoke", "--json", "/dev/full");

        Assert.That(answer.ExitCode, Is.EqualTo(3));
        Assert.That(answer.Error, Does.Contain("No space left on device"));
        Assert.That(answer.Out, Does.Contain(" passed, 0 failed"));
    }

    [Test]
    public void Full_disk_exits_3_and_leaves_no_part_of_a_report()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["small"]);
        if (Shell($"mount -t tmpfs -o size=32k none '{folder["small"]}'") != 0)
        {
            Assert.Ignore("only root can mount a small disk");
        }

        try
        {
            var answer = Hilbench.Run("run", "--device", "model:", "--suite", "smoke", "--report", folder["small/report"]);

            Assert.That(answer.ExitCode, Is.EqualTo(3));
            Assert.That(answer.Error, Does.StartWith("hilbench: Host: ").And.Contain("No space left on device"));
            Assert.That(folder.Files, Is.Empty);
        }
        finally
        {
            Shell($"umount '{folder["small"]}'");
        }
    }

    [Test]
    public void Faulty_device_exits_1_even_when_the_report_is_fine()
    {
        using var folder = new TemporaryFolder();

        var answer = Hilbench.Run("run", "--device", "model:?fault=M01", "--suite", "smoke", "--report", folder["report"]);

        Assert.That(answer.ExitCode, Is.EqualTo(1), answer.Error);
        Assert.That(folder.Files, Does.Contain("report/index.html"));
        Assert.That(folder.Files, Has.Some.StartsWith("report/replay/"), "what repeats the failure");
    }

    private static int Shell(string command)
    {
        using var process = Process.Start(new ProcessStartInfo("sh", ["-c", command]) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }
}
