using HilBench.Pcie;

namespace HilBench.Checking;

/// <summary>
/// What the status register of the Page Request Interface must and may read. A read that is sent after a response cannot
/// pass it: what the response sets must be there.
/// </summary>
internal sealed class PageInterfaceStatus
{
    private readonly Reading[] _readings = new Reading[256];
    private bool _wasFailed;
    private bool _wasUnexpected;
    private bool _isReset;

    /// <summary>Enable is 1, as far as the host has written it.</summary>
    public bool IsOn { get; private set; }

    /// <summary>A failure reached the device, and the interface was not enabled anew.</summary>
    public bool IsFailed { get; private set; }

    /// <summary>Journal line of the failure.</summary>
    public ulong FailureLine { get; private set; }

    /// <summary>When the failure reached the device.</summary>
    public ulong FailedAt { get; private set; }

    /// <summary>A response said failure since the bit was cleared.</summary>
    public bool MayHaveFailed { get; private set; }

    /// <summary>A response that nobody waited for was sent since the bit was cleared.</summary>
    public bool MayBeUnexpected { get; private set; }

    public void Clear()
    {
        Array.Clear(_readings);
        (_wasFailed, _wasUnexpected, _isReset) = (false, false, false);
        (IsOn, IsFailed, MayHaveFailed, MayBeUnexpected) = (false, false, false, false);
    }

    /// <summary>The host sends a response.</summary>
    public void Sent(PrgResponseCode code, bool isKnown)
    {
        var isFailure = code is not (PrgResponseCode.Success or PrgResponseCode.InvalidRequest);
        MayHaveFailed |= isFailure;
        MayBeUnexpected |= !isKnown || IsFailed || _wasFailed;
        if (!IsFailed)
        {
            _wasFailed |= isFailure && isKnown;
            _wasUnexpected |= !isKnown && !_wasFailed;
        }
    }

    /// <summary>A failure reached the device.</summary>
    public void Failed(ulong line, ulong time)
    {
        IsFailed = true;
        FailedAt = time;
        FailureLine = line;
    }

    /// <summary>The host writes 1 to status bits.</summary>
    public void Cleared(uint value)
    {
        if ((value & PageRequestCapability.ResponseFailure) != 0)
        {
            (_wasFailed, MayHaveFailed) = (false, false);
        }

        if ((value & PageRequestCapability.UnexpectedPrgIndex) != 0)
        {
            (_wasUnexpected, MayBeUnexpected) = (false, false);
        }
    }

    /// <summary>The host sets Enable.</summary>
    public void Enabled()
    {
        IsFailed &= IsOn;
        IsOn = true;
        _isReset = false;
    }

    /// <summary>The host clears Enable, or resets the interface.</summary>
    public void Disabled(bool isReset)
    {
        IsOn = false;
        IsFailed = false;
        _isReset = isReset;
    }

    /// <summary>The host reads, or does anything else with this tag.</summary>
    public void Reads(byte tag, bool isStatus, ulong quietSince) =>
        _readings[tag] = new Reading(isStatus, _wasFailed, _wasUnexpected, _isReset, quietSince);

    /// <summary>Takes what was so when the read with this tag was sent.</summary>
    public bool TryTake(byte tag, out Reading reading)
    {
        reading = _readings[tag];
        _readings[tag] = default;
        return reading.IsStatus;
    }

    /// <param name="IsStatus">It is a read of the status register.</param>
    /// <param name="WasFailed">A response with failure had been sent.</param>
    /// <param name="WasUnexpected">A response that nobody waited for had been sent.</param>
    /// <param name="IsAfterReset">The interface had been reset and not enabled since.</param>
    /// <param name="QuietSince">Since when nothing was out; <see cref="ulong.MaxValue"/>: something is.</param>
    internal readonly record struct Reading(
        bool IsStatus, bool WasFailed, bool WasUnexpected, bool IsAfterReset, ulong QuietSince);
}
