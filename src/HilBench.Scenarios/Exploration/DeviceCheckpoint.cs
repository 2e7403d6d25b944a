using System.Runtime.InteropServices;
using HilBench.Devices;
using HilBench.Journal;

namespace HilBench.Scenarios;

/// <summary>
/// Brings a device with snapshots back to an earlier moment. Saves nest. A device in managed memory needs none of its own.
/// </summary>
internal sealed class DeviceCheckpoint
{
    private readonly ISnapshotDevice? _device;
    private readonly Wire _wire;
    private readonly Stack<(byte[] Image, long Version, bool IsOwn, UInt128 Hash)> _saves = new();
    private readonly Stack<byte[]> _spare = new();
    private readonly int _bytes;
    private readonly ulong[] _counters = [];
    private long _version = -1;

    /// <summary>Watches a device.</summary>
    /// <exception cref="BenchException">It cannot be saved.</exception>
    public DeviceCheckpoint(IDevice device, Wire wire)
    {
        _wire = wire;
        _device = device as ISnapshotDevice;
        _bytes = _device?.SnapshotBytes ?? 0;
        if (device is not ModelDevice && _bytes == 0)
        {
            throw new BenchException(
                BenchLayer.Device,
                $"{device.Description.Name} has no snapshots, and an exploration goes back to earlier states",
                "Export hil_snapshot_size, hil_save and hil_restore; a library is opened in this process with inproc=1.");
        }

        if (_device is not null)
        {
            _counters = FindCounters(_device);
        }
    }

    /// <summary>
    /// The state of the device at the last save: its snapshot without the counters that run by themselves. 0 for a device in
    /// managed memory.
    /// </summary>
    public UInt128 Hash => _saves.TryPeek(out var top) ? top.Hash : 0;

    /// <summary>Bytes of a snapshot; 0 for a device in managed memory.</summary>
    public int Bytes => _bytes;

    /// <summary>Remembers this moment.</summary>
    public void Save()
    {
        var version = _wire.Deliveries!.DeviceVersion;
        if (_device is null)
        {
            return;
        }

        if (_saves.TryPeek(out var top) && top.Version == version)
        {
            _saves.Push(top with { IsOwn = false });
        }
        else
        {
            var image = _spare.TryPop(out var spare) ? spare : new byte[_bytes];
            _device.Save(image);
            _saves.Push((image, version, true, HashOf(image)));
        }

        _version = version;
    }

    /// <summary>Goes back to the last save, which stays. The wire was restored before.</summary>
    public void Restore()
    {
        if (_device is not null && _saves.TryPeek(out var top) && _version != top.Version)
        {
            _device.Restore(top.Image);
            _version = top.Version;
        }
    }

    /// <summary>The device has moved since it was saved or restored.</summary>
    public void Moved() => _version = -1;

    /// <summary>Forgets the last save.</summary>
    public void Drop()
    {
        if (_device is not null && _saves.Pop() is { IsOwn: true, Image: { } image })
        {
            _spare.Push(image);
        }
    }

    // What changes in a device at rest while time passes is a clock: bits that are 0 in the mask.
    private static ulong[] FindCounters(ISnapshotDevice device)
    {
        var before = new byte[device.SnapshotBytes];
        var after = new byte[device.SnapshotBytes];
        device.Save(before);
        device.Run(device.Cycles + ChosenDeliveries.QuantumCycles, ulong.MaxValue);
        device.Save(after);
        var mask = new ulong[(before.Length + sizeof(ulong) - 1) / sizeof(ulong)];
        Array.Fill(mask, ulong.MaxValue);
        for (var i = 0; i < before.Length; i++)
        {
            if (before[i] != after[i])
            {
                mask[i / sizeof(ulong)] = 0;
            }
        }

        return mask;
    }

    private UInt128 HashOf(ReadOnlySpan<byte> image)
    {
        var low = 0x452821E638D01377UL;
        var high = 0xBE5466CF34E90C6CUL;
        var words = MemoryMarshal.Cast<byte, ulong>(image);
        for (var i = 0; i < words.Length; i++)
        {
            Mix(words[i] & _counters[i], ref low, ref high);
        }

        foreach (var single in image[(words.Length * sizeof(ulong))..])
        {
            Mix(single, ref low, ref high);
        }

        return new UInt128(high, low);
    }

    private static void Mix(ulong value, ref ulong low, ref ulong high)
    {
        low = (low ^ value) * 0x9E3779B97F4A7C15;
        low ^= low >> 29;
        high = (high + value) * 0xD6E8FEB86659FD93;
        high ^= high >> 32;
    }
}
