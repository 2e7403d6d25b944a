namespace HilBench.Devices;

/// <summary>A device whose whole state can be written to memory and put back, between two calls to it.</summary>
public interface ISnapshotDevice : IDevice
{
    /// <summary>Bytes of a snapshot; 0: this device has none. TLPs that wait on either side are not part of the count.</summary>
    int SnapshotBytes { get; }

    /// <summary>Takes a snapshot.</summary>
    /// <param name="image">At least <see cref="SnapshotBytes"/>.</param>
    /// <exception cref="DeviceException">The device refuses, or TLPs wait to be offered or received.</exception>
    void Save(Span<byte> image);

    /// <summary>Puts a snapshot of this device back; its clock goes back too.</summary>
    /// <exception cref="DeviceException">The device refuses the image.</exception>
    void Restore(ReadOnlySpan<byte> image);
}
