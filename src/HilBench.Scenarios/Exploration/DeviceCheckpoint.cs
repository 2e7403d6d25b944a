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
    private readonly Stack<(byte[]? Image, long Version, bool IsOwn)> _saves = new();
    private readonly Stack<byte[]> _spare = new();
    private readonly int _bytes;
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
    }

    /// <summary>Bytes of a snapshot; 0 for a device in managed memory.</summary>
    public int Bytes => _bytes;

    /// <summary>Remembers this moment.</summary>
    public void Save()
    {
        var version = _wire.Choices!.DeviceVersion;
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
            _saves.Push((image, version, true));
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
}
