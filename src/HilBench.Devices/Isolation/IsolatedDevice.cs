using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using HilBench.Devices.Native;

namespace HilBench.Devices.Isolation;

/// <summary>
/// A device library in a process of its own: when it crashes or hangs, the device is lost and the bench goes on. One
/// hand-over through shared memory moves many TLPs and cycles.
/// </summary>
public sealed class IsolatedDevice : IDevice
{
    private const int SliceMilliseconds = 50;
    // A process needs its time to start, whatever the device does then.
    private static readonly TimeSpan _openingPatience = TimeSpan.FromSeconds(10);
    private static int _opened;

    private readonly string _library;
    private readonly TimeSpan _patience;
    private readonly SharedChannel _channel;
    private readonly Process _process;
    private readonly TlpRecords _fromHost = new(1 << 16);
    private readonly TlpRecords _toHost = new(1 << 16);
    private uint _asked = 1;
    private string? _lost;
    private bool _isDisposed;

    private IsolatedDevice(string library, TimeSpan patience, SharedChannel channel, Process process)
    {
        _library = library;
        _patience = patience;
        _channel = channel;
        _process = process;
        channel.Words.Asked = _asked;
        Description = JsonSerializer.Deserialize<DeviceDescription>(AwaitOpening())!;
        Cycles = channel.Words.Cycles;
    }

    /// <inheritdoc/>
    public DeviceDescription Description { get; }

    /// <inheritdoc/>
    public ulong Cycles { get; private set; }

    /// <summary>TLPs that the library refused as malformed for this device; they are dropped.</summary>
    public ulong RefusedTlps => _channel.Words.RefusedTlps;

    /// <summary>Starts a process and opens a library in it.</summary>
    /// <param name="library">The shared library.</param>
    /// <param name="options">The options for <c>hil_open</c>; may be empty.</param>
    /// <param name="host">The program that serves: HilBench.DeviceHost.dll.</param>
    /// <param name="patience">How long the device may show no sign of life before it counts as hung.</param>
    /// <exception cref="DeviceOpenException">As for <see cref="NativeDevice.Open"/>, or the process did not start.</exception>
    public static IsolatedDevice Open(string library, string options, string host, TimeSpan patience)
    {
        var path = Path.GetFullPath(library);
        if (!File.Exists(path))
        {
            throw new DeviceOpenException($"there is no file {path}", "Check the path in the device URI.");
        }

        var folder = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        var file = Path.Combine(folder, $"hilbench-{Environment.ProcessId}-{Interlocked.Increment(ref _opened)}");
        SharedChannel? channel = null;
        Process? process = null;
        try
        {
            channel = SharedChannel.Create(file);
            process = Start(host, file, path, options);
            return new IsolatedDevice(path, patience, channel, process);
        }
        catch (Exception e)
        {
            End(process, TimeSpan.Zero);
            channel?.Dispose();
            throw e switch
            {
                DeviceOpenException => e,
                DeviceLostException lost => new DeviceOpenException(lost.What, lost.Advice, e),
                _ => new DeviceOpenException(
                    $"no process can be started for {path}: {e.Message}", "Open it in this process with the option inproc=1.", e),
            };
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <inheritdoc/>
    public void Reset(ResetKind kind)
    {
        _fromHost.Clear();
        _toHost.Clear();
        _channel.Words.ResetKind = (int)kind;
        Ask(ChannelCommand.Reset);
    }

    /// <inheritdoc/>
    public void Send(ReadOnlySpan<byte> tlp, ulong notBefore) => _fromHost.Add(tlp, notBefore);

    /// <inheritdoc/>
    public void Run(ulong untilCycle, ulong lingerCycles)
    {
        if (untilCycle <= Cycles)
        {
            return;
        }

        while (!PutRecords())
        {
            Ask(ChannelCommand.Queue);
        }

        _channel.Words.UntilCycle = untilCycle;
        _channel.Words.LingerCycles = lingerCycles;
        var status = Ask(ChannelCommand.Run);
        TakeRecords();
        while (status == ChannelStatus.HasMore)
        {
            _channel.Words.InBytes = 0;
            status = Ask(ChannelCommand.Collect);
            TakeRecords();
        }
    }

    /// <inheritdoc/>
    public bool TryReceive(out ReadOnlySpan<byte> tlp, out ulong cycle)
    {
        if (_toHost.IsEmpty)
        {
            tlp = default;
            cycle = 0;
            return false;
        }

        tlp = _toHost.Peek(out cycle);
        _toHost.RemoveFirst();
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        if (_lost is null)
        {
            Post(ChannelCommand.Close);
        }

        End(_process, _lost is null ? TimeSpan.FromSeconds(2) : TimeSpan.Zero);
        _process.Dispose();
        _channel.Dispose();
    }

    private static Process Start(string host, string file, string library, string options)
    {
        var start = new ProcessStartInfo(DotnetPath)
        {
            // The library's own words must not mix with the results on standard output.
            RedirectStandardInput = true,
            ArgumentList = { host, file, library, options, $"{Environment.ProcessId}" },
            Environment = { ["DOTNET_TieredPGO"] = "0" },
        };
        return Process.Start(start)!;
    }

    private static string DotnetPath
    {
        get
        {
            var beside = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
            return File.Exists(beside) ? beside : "dotnet";
        }
    }

    private static void End(Process? process, TimeSpan patience)
    {
        if (process is null || process.WaitForExit(patience))
        {
            return;
        }

        process.Kill(entireProcessTree: true);
        process.WaitForExit();
    }

    private string AwaitOpening()
    {
        var status = AwaitAnswer(_patience > _openingPatience ? _patience : _openingPatience);
        var text = Encoding.UTF8.GetString(_channel.Text[..Math.Clamp(_channel.Words.TextBytes, 0, SharedChannel.TextCapacity)]);
        if (status == ChannelStatus.Done)
        {
            return text;
        }

        var parts = text.Split('\0');
        throw new DeviceOpenException(parts[0], parts.Length > 1 ? parts[1] : "");
    }

    /// <summary>Moves as many queued records as fit. False: there are more.</summary>
    private bool PutRecords()
    {
        var used = 0;
        var room = _channel.In;
        while (!_fromHost.IsEmpty)
        {
            var record = _fromHost.FirstRecord;
            if (used + record.Length > room.Length)
            {
                break;
            }

            record.CopyTo(room[used..]);
            used += record.Length;
            _fromHost.RemoveFirst();
        }

        _channel.Words.InBytes = used;
        return _fromHost.IsEmpty;
    }

    private void TakeRecords()
    {
        var size = _channel.Words.OutBytes;
        var records = new RecordReader(_channel.Out[..Math.Clamp(size, 0, SharedChannel.OutCapacity)]);
        while (records.TryNext(out var tlp, out var cycle))
        {
            _toHost.Add(tlp, cycle);
        }

        if (records.IsMalformed || size is < 0 or > SharedChannel.OutCapacity)
        {
            throw Lost("it wrote what is no TLP record into the shared memory");
        }
    }

    private ChannelStatus Ask(ChannelCommand command)
    {
        if (_lost is { } what)
        {
            throw new DeviceLostException(what, "It can be opened again.");
        }

        Post(command);
        var status = AwaitAnswer(_patience);
        Cycles = _channel.Words.Cycles;
        if (status != ChannelStatus.Broken)
        {
            return status;
        }

        var parts = Encoding.UTF8.GetString(_channel.Text[..Math.Clamp(_channel.Words.TextBytes, 0, SharedChannel.TextCapacity)]).Split('\0');
        throw new DeviceException(_lost = parts[0], parts.Length > 1 ? parts[1] : "");
    }

    private void Post(ChannelCommand command)
    {
        ref var words = ref _channel.Words;
        words.Command = command;
        SharedChannel.Put(ref words.Asked, ref words.HostSleeps, ++_asked);
    }

    private ChannelStatus AwaitAnswer(TimeSpan patience)
    {
        ref var words = ref _channel.Words;
        var cycles = words.Cycles;
        var lastSign = TimeProvider.System.GetTimestamp();
        while (!SharedChannel.Await(ref words.Answered, ref words.BenchSleeps, _asked, SliceMilliseconds))
        {
            if (_process.HasExited && Volatile.Read(ref words.Answered) != _asked)
            {
                throw Lost(HowItEnded());
            }

            if (Volatile.Read(ref words.Cycles) is var now && now != cycles)
            {
                (cycles, lastSign) = (now, TimeProvider.System.GetTimestamp());
            }
            else if (TimeProvider.System.GetElapsedTime(lastSign) > patience)
            {
                throw Lost($"it showed no sign of life for {patience.TotalSeconds:0.#} s and was killed");
            }
        }

        return words.Status;
    }

    private string HowItEnded() => _process.ExitCode switch
    {
        139 => "its process died of SIGSEGV (a bad memory access)",
        134 => "its process died of SIGABRT (an assertion or abort)",
        136 => "its process died of SIGFPE (an arithmetic error)",
        132 => "its process died of SIGILL (an illegal instruction)",
        135 => "its process died of SIGBUS (a bad memory access)",
        > 128 and var code => $"its process died of signal {code - 128}",
        var code => $"its process exited with code {code}",
    };

    private DeviceLostException Lost(string how)
    {
        End(_process, TimeSpan.Zero);
        _lost = $"device crashed: {Path.GetFileName(_library)} at cycle {_channel.Words.Cycles}: {how}";
        return new DeviceLostException(
            _lost, "Run it under a debugger with the option inproc=1, which keeps it in the bench's own process.");
    }
}
