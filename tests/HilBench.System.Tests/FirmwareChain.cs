using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace HilBench.System.Tests;

/// <summary>The bridge firmware in QEMU, between a pseudo serial port and a simulated board: firmware/qemu/chain.</summary>
internal sealed class FirmwareChain : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(3);

    private readonly TemporaryFolder _folder = new();
    private readonly Process _process;

    public FirmwareChain(params string[] arguments)
    {
        var script = Path.Combine(Repository.Root, "firmware", "qemu", "chain");
        var start = new ProcessStartInfo(script, ["--folder", _folder.Root, "--seconds", "900", .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = Repository.Root,
        };
        _process = Process.Start(start)!;
        _process.StandardInput.Close();
        var line = _process.StandardOutput.ReadLineAsync();
        if (!line.Wait(_patience) || line.Result is not { } said || !said.EndsWith(" waits", StringComparison.Ordinal))
        {
            Dispose();
            Assert.Fail("the chain does not start");
            throw new InvalidOperationException("not reached");
        }

        Uri = said[..^" waits".Length];
    }

    /// <summary>What the host opens.</summary>
    public string Uri { get; }

    /// <summary>What the firmware said on its debug port.</summary>
    public string Log => Read("debug.log");

    /// <summary>Accesses to peripherals that QEMU does not model; with --trace.</summary>
    public string Trace => Read("unimp.log");

    /// <summary>Ends the test when a tool is missing; in CI that is a failure of its own.</summary>
    public static void IgnoreWithoutTools()
    {
        string[] tools = ["qemu-system-arm", "arm-none-eabi-gcc"];
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        var missing = tools.Where(tool => !folders.Any(folder => File.Exists(Path.Combine(folder, tool)))).ToArray();
        if (missing.Length > 0 && Environment.GetEnvironmentVariable("CI") != "true")
        {
            Assert.Ignore($"{string.Join(" and ", missing)} not on this machine: apt-get install gcc-arm-none-eabi qemu-system-arm");
        }
    }

    /// <summary>Ends the test when this file was not built; in CI that is a failure of its own.</summary>
    public static void IgnoreWithout(string file)
    {
        if (!File.Exists(Path.Combine(Repository.Root, file)) && Environment.GetEnvironmentVariable("CI") != "true")
        {
            Assert.Ignore($"{file} is not built: make build");
        }
    }

    /// <summary>Changes the board by a line on the debug port (firmware/ports/stm32f405/inputs_sim.c), and waits until it is obeyed.</summary>
    public void Tell(string line)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.ReceiveTimeout = (int)_patience.TotalMilliseconds;
        socket.Connect(new UnixDomainSocketEndPoint(_folder["debug"]));
        socket.Send(Encoding.ASCII.GetBytes($"\n{line}\n"));
        var said = new StringBuilder();
        var bytes = new byte[256];
        while (!said.ToString().Contains($"obeyed: {line}", StringComparison.Ordinal))
        {
            var count = socket.Receive(bytes);
            Assert.That(count, Is.GreaterThan(0), "the debug port was closed");
            said.Append(Encoding.ASCII.GetString(bytes, 0, count));
        }
    }

    /// <summary>Until the firmware has said this.</summary>
    public void Await(string pattern, Task? run = null)
    {
        var end = DateTime.UtcNow + _patience;
        while (!Regex.IsMatch(Log, pattern) && run?.IsCompleted is not true && DateTime.UtcNow < end)
        {
            Thread.Sleep(20);
        }

        Assert.That(Log, Does.Match(pattern));
    }

    /// <summary>The simulated board behind the bridge is gone.</summary>
    public void EndBoardBehind() => Terminate(Read("board.pid").Trim());

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Terminate(_process.Id.ToString(CultureInfo.InvariantCulture));
        }

        if (!_process.WaitForExit(TimeSpan.FromSeconds(20)))
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
        _folder.Dispose();
    }

    private static void Terminate(string process)
    {
        using var kill = Process.Start("kill", [process]);
        kill.WaitForExit();
        Assert.That(kill.ExitCode, Is.Zero, "it had ended by itself");
    }

    private string Read(string name)
    {
        var path = _folder[name];
        if (!File.Exists(path))
        {
            return "";
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(file);
        return reader.ReadToEnd();
    }
}
