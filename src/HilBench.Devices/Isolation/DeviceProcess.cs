using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace HilBench.Devices.Isolation;

/// <summary>The device's side of <see cref="IsolatedDevice"/>: opens a library and serves one bench until it closes.</summary>
public sealed unsafe partial class DeviceProcess
{
    /// <summary>Cycles between two signs of life.</summary>
    private const ulong SliceCycles = 4096;

    private static readonly TimeSpan _watch = TimeSpan.FromMilliseconds(500);
    private readonly SharedChannel _channel;
    private readonly NativeDevice _device;
    private readonly Native.TlpRecords _emitted = new(1 << 16);

    private DeviceProcess(SharedChannel channel, NativeDevice device)
    {
        _channel = channel;
        _device = device;
    }

    /// <summary>Serves the bench that made the shared file.</summary>
    /// <param name="sharedFile">The file.</param>
    /// <param name="library">The device's library.</param>
    /// <param name="options">The options for <c>hil_open</c>.</param>
    /// <param name="parent">The bench's process; this process ends when that one is gone. 0: not watched.</param>
    public static void Serve(string sharedFile, string library, string options, int parent)
    {
        using var channel = SharedChannel.Attach(sharedFile);
        using var watch = parent == 0 ? null : new Timer(_ => EndWithout(parent), null, _watch, _watch);
        ref var words = ref channel.Words;
        try
        {
            using var device = NativeDevice.Open(library, options);
            PutText(channel, JsonSerializer.Serialize(device.Description));
            new DeviceProcess(channel, device).ServeRequests();
        }
        catch (DeviceException e)
        {
            words.Status = e is DeviceOpenException ? ChannelStatus.OpenFailed : ChannelStatus.Broken;
            PutText(channel, $"{e.What}\0{e.Advice}");
            SharedChannel.Put(ref words.Answered, ref words.BenchSleeps, words.Asked);
        }
    }

    private void ServeRequests()
    {
        ref var words = ref _channel.Words;
        words.Cycles = _device.Cycles;
        var asked = 1U;
        SharedChannel.Put(ref words.Answered, ref words.BenchSleeps, asked);
        do
        {
            asked++;
            while (!SharedChannel.Await(ref words.Asked, ref words.HostSleeps, asked, milliseconds: 1000))
            {
            }

            words.Status = Do(words.Command);
            words.RefusedTlps = _device.RefusedTlps;
            words.Cycles = _device.Cycles;
            SharedChannel.Put(ref words.Answered, ref words.BenchSleeps, asked);
        }
        while (words.Command != ChannelCommand.Close);
    }

    private ChannelStatus Do(ChannelCommand command)
    {
        switch (command)
        {
            case ChannelCommand.Queue:
                Queue();
                return ChannelStatus.Done;
            case ChannelCommand.Run:
                Queue();
                Run(_channel.Words.UntilCycle, _channel.Words.LingerCycles);
                return Give();
            case ChannelCommand.Collect:
                return Give();
            case ChannelCommand.Reset:
                _device.Reset((ResetKind)_channel.Words.ResetKind);
                _emitted.Clear();
                return ChannelStatus.Done;
            default:
                return ChannelStatus.Done;
        }
    }

    private void Queue()
    {
        var records = new RecordReader(_channel.In[.._channel.Words.InBytes]);
        while (records.TryNext(out var tlp, out var cycle))
        {
            _device.Send(tlp, cycle);
        }
    }

    private void Run(ulong until, ulong linger)
    {
        var hasOutput = false;
        while (_device.Cycles < until)
        {
            _device.Run(Math.Min(until, _device.Cycles + SliceCycles), hasOutput ? ulong.MaxValue : linger);
            Volatile.Write(ref _channel.Words.Cycles, _device.Cycles);
            while (_device.TryReceive(out var tlp, out var cycle))
            {
                if (!hasOutput)
                {
                    hasOutput = true;
                    until = linger > ulong.MaxValue - cycle ? until : Math.Min(until, cycle + linger);
                }

                _emitted.Add(tlp, cycle);
            }
        }
    }

    private ChannelStatus Give()
    {
        var used = 0;
        var room = _channel.Out;
        while (!_emitted.IsEmpty)
        {
            var record = _emitted.FirstRecord;
            if (used + record.Length > room.Length)
            {
                break;
            }

            record.CopyTo(room[used..]);
            used += record.Length;
            _emitted.RemoveFirst();
        }

        _channel.Words.OutBytes = used;
        return _emitted.IsEmpty ? ChannelStatus.Done : ChannelStatus.HasMore;
    }

    private static void PutText(SharedChannel channel, string text)
    {
        Encoding.UTF8.GetEncoder().Convert(text, channel.Text, flush: true, out _, out var bytes, out _);
        channel.Words.TextBytes = bytes;
    }

    private static void EndWithout(int parent)
    {
        // The main thread may be in an endless loop of the library: nothing but _exit ends it.
        if (ParentId() != parent)
        {
            ExitNow(3);
        }
    }

    [LibraryImport("libc", EntryPoint = "getppid")]
    private static partial int ParentId();

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void ExitNow(int code);
}
