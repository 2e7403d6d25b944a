namespace HilBench.Devices;

/// <summary>
/// The one seam: a device eats TLPs and emits TLPs. Everything under test sits behind it, simulated or real.
/// A device is opened, used and disposed on one thread.
/// </summary>
public interface IDevice : IDisposable
{
    /// <summary>What the device says of itself.</summary>
    DeviceDescription Description { get; }

    /// <summary>Device clock cycles since it was opened. Never goes back, also not by a reset.</summary>
    ulong Cycles { get; }

    /// <summary>Resets the device. TLPs on their way to and from it are lost; the clock goes on.</summary>
    void Reset(ResetKind kind);

    /// <summary>
    /// Queues one TLP for the device, in order. It is offered at <paramref name="notBefore"/> at the earliest; while
    /// the device has no room it waits, and those behind it too.
    /// </summary>
    /// <param name="tlp">Wire order, prefixes first. Copied.</param>
    /// <param name="notBefore">
    /// Device clock cycle; one that has passed means now. Never less than an earlier call's.
    /// </param>
    void Send(ReadOnlySpan<byte> tlp, ulong notBefore);

    /// <summary>
    /// Runs the device clock up to <paramref name="untilCycle"/>, but no further than <paramref name="lingerCycles"/>
    /// after the first TLP came out.
    /// </summary>
    void Run(ulong untilCycle, ulong lingerCycles);

    /// <summary>Takes the next TLP that the device emitted.</summary>
    /// <param name="tlp">The TLP in wire order; valid until the next call on this device.</param>
    /// <param name="cycle">The device clock cycle in which it was complete.</param>
    /// <returns>False when there is none.</returns>
    bool TryReceive(out ReadOnlySpan<byte> tlp, out ulong cycle);
}
