namespace HilBench.Links;

/// <summary>
/// The board's end of a pair of bulk endpoints. Hosts may come and go: bytes that no host takes for a tenth of a second are
/// lost, as on a UART. Disposing it pulls the device out of the host.
/// </summary>
public sealed class UsbPipe : ICarrier
{
    private static readonly TimeSpan _patience = TimeSpan.FromMilliseconds(100);

    private readonly SimulatedUsbDevice _device;
    private readonly UsbInEndpoint _in;
    private readonly UsbOutEndpoint _out;

    internal UsbPipe(SimulatedUsbDevice device, string name, UsbInEndpoint toHost, UsbOutEndpoint toBoard) =>
        (_device, Name, _in, _out) = (device, name, toHost, toBoard);

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public CarrierAbilities Abilities => CarrierAbilities.None;

    internal bool HasBytes => _out.Count > 0;

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes, Deadline deadline)
    {
        lock (_device.Gate)
        {
            _device.ThrowIfUnplugged(Name);
            var soon = deadline.NoLaterThan(_patience);
            _out.TakesAll = true;
            _out.Serve();
            while (!bytes.IsEmpty && _in.Host is not null)
            {
                var piece = bytes[..Math.Min(bytes.Length, _in.Room)];
                _in.Write(piece);
                bytes = bytes[piece.Length..];
                soon = piece.IsEmpty ? soon : deadline.NoLaterThan(_patience);
                if (!bytes.IsEmpty && !Monitor.Wait(_device.Gate, soon.Left) && soon.HasPassed)
                {
                    break;
                }

                _device.ThrowIfUnplugged(Name);
            }

            _out.TakesAll = false;
        }
    }

    /// <inheritdoc/>
    public int Read(Span<byte> buffer, Deadline deadline)
    {
        lock (_device.Gate)
        {
            while (!HasBytes)
            {
                _device.ThrowIfUnplugged(Name);
                if (!Monitor.Wait(_device.Gate, deadline.Left) && deadline.HasPassed)
                {
                    return HasBytes ? _out.Read(buffer) : 0;
                }
            }

            return _out.Read(buffer);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _device.Unplug();

    /// <summary>Takes what is there, with the gate taken.</summary>
    internal int Take(Span<byte> buffer) => _out.Read(buffer);
}
