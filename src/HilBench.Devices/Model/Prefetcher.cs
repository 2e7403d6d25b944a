namespace HilBench.Devices.Model;

/// <summary>
/// Asks for the page behind what a slot was granted, when CONTROL says so. Source: docs/exerciser.md, "Prefetch".
/// </summary>
internal sealed class Prefetcher(
    ConfigurationSpace configuration, TranslationCache cache, TransmitQueue transmit, TranslationRequester requester)
{
    private readonly TranslationAsk _ask = requester[TranslationAsk.Prefetcher];
    private bool _isWanted;
    private ulong _sendAt;

    /// <summary>CONTROL bit 0.</summary>
    public bool IsOn { get; set; }

    /// <summary>The next cycle in which a request can be sent.</summary>
    public ulong NextCycle => _isWanted && transmit.HasRoom ? _sendAt : Cycle.Never;

    public void Reset() => _isWanted = IsOn = false;

    /// <summary>A slot was granted a translation.</summary>
    public void TakeGrant(TranslationAsk grant, ulong now)
    {
        var address = grant.StoreAddress;
        if (!IsOn || _ask.IsOut || _isWanted || address == 0 || cache.Holds(address, grant.Context))
        {
            return;
        }

        _ask.Address = address;
        _ask.Context = grant.Context;
        _ask.Translations = 1;
        _ask.TrafficClass = grant.TrafficClass;
        _ask.IsNoWrite = grant.IsNoWrite;
        _ask.IsExecute = false;
        _isWanted = true;
        _sendAt = now + 1;
    }

    public void Step(ulong now)
    {
        _isWanted = false;
        var space = configuration[_ask.Context.Function];
        var isPermitted = space.IsActive && space.IsAtsEnabled
            && (!_ask.Context.HasPasid || space.IsPasidEnabled)
            && (!_ask.Context.IsPrivileged || space.IsPrivilegedEnabled);
        if (isPermitted)
        {
            requester.Send(_ask, now);
        }
    }

    /// <summary>Forgets what is to be asked for a function.</summary>
    public void Forget(int function) => _isWanted = _isWanted && _ask.Context.Function != function;
}
