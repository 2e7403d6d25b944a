using HilBench.Links.UsbIp;

namespace HilBench.Links;

/// <summary>One endpoint of a simulated USB device, other than endpoint 0. The device's gate is taken in every call.</summary>
/// <param name="address">bEndpointAddress: bit 7 set: to the host.</param>
public abstract class UsbEndpoint(byte address)
{
    /// <summary>bEndpointAddress.</summary>
    public byte Address { get; } = address;

    /// <summary>Whether it refuses everything until the host clears the halt.</summary>
    public bool IsHalted { get; private set; }

    internal IUsbHost? Host { get; private set; }

    internal void Attach(IUsbHost host) => Host = host;

    internal void Detach()
    {
        Host = null;
        IsHalted = false;
        DropPending();
    }

    /// <summary>A transfer of the host: it is answered now or later.</summary>
    internal void Submit(uint sequence, ReadOnlySpan<byte> data, int length)
    {
        if (IsHalted)
        {
            Host!.Complete(sequence, UsbIpMessages.Stalled, [], 0);
            return;
        }

        Take(sequence, data, length);
    }

    /// <summary>Refuses what waits and what comes (STALL).</summary>
    internal void Halt()
    {
        IsHalted = true;
        while (TryRemoveFirst(out var sequence))
        {
            Host?.Complete(sequence, UsbIpMessages.Stalled, [], 0);
        }
    }

    internal void ClearHalt() => IsHalted = false;

    /// <summary>False: it is not waiting any more.</summary>
    internal abstract bool TryUnlink(uint sequence);

    private protected abstract void Take(uint sequence, ReadOnlySpan<byte> data, int length);

    private protected abstract bool TryRemoveFirst(out uint sequence);

    private protected abstract void DropPending();
}
