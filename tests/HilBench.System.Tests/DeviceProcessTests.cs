using System.Diagnostics;

namespace HilBench.System.Tests;

/// <summary>Devices that kill or hang their process.</summary>
public sealed class DeviceProcessTests
{
    [TestCase("ECHO_CRASHES", "died of SIGSEGV")]
    [TestCase("ECHO_LOOPS", "no sign of life")]
    public void Device_that_crashes_fails_its_scenario_with_a_replay_and_the_run_goes_on(string way, string cause)
    {
        using var folder = new TemporaryFolder();
        var source = Path.Combine(Repository.Root, "tests", "HilBench.Native.Tests", "devices", "echo_device.c");
        using var build = Process.Start("cc", ["-std=c11", "-shared", "-fPIC", $"-D{way}=100", "-I", Path.Combine(Repository.Root, "hdl", "sim"), "-o", folder["libbad.so"], source]);
        build.WaitForExit();

        var answer = Hilbench.Run("run", "--device", $"lib:{folder["libbad.so"]}?patience=5", "--suite", "smoke", "--json", folder["run.json"]);

        Assert.That(build.ExitCode, Is.Zero);
        Assert.That(answer.ExitCode, Is.EqualTo(1), answer.Error);
        Assert.That(answer.Out, Does.Contain("device crashed: libbad.so at cycle").And.Contain(cause).And.Contain("replay: bin/hilbench run"));
        Assert.That(answer.Out, Does.Contain("3 scenarios").Or.Contain("smoke/inside-2MiB"));
        Assert.That(File.ReadAllText(folder["run.json"]), Does.Contain("device crashed: libbad.so"));
    }

    [Test]
    public void Words_of_a_library_do_not_mix_with_the_results()
    {
        using var folder = new TemporaryFolder();
        var source = Path.Combine(Repository.Root, "tests", "HilBench.Native.Tests", "devices", "echo_device.c");
        using var build = Process.Start("cc", ["-std=c11", "-shared", "-fPIC", "-DECHO_PRINTS", "-I", Path.Combine(Repository.Root, "hdl", "sim"), "-o", folder["libloud.so"], source]);
        build.WaitForExit();

        var answer = Hilbench.Run("run", "--device", $"lib:{folder["libloud.so"]}", "--suite", "smoke", "--json", "-");

        Assert.That(answer.Out, Does.Not.Contain("words of the library"));
        Assert.That(answer.Error, Does.Contain("words of the library"));
    }
}
