using HilBench.Pcie;

namespace HilBench.Devices.Model;

/// <summary>
/// Page Requests, their responses, and Stop Markers. Source: docs/exerciser.md, "How an operation runs"; ats-rules A.9.
/// </summary>
internal sealed class PageRequestUnit(ModelFault fault, ConfigurationSpace configuration, TransmitQueue transmit)
{
    private readonly PageGroup[] _groups = new PageGroup[DmaEngine.Slots];
    private readonly bool[] _hasFailed = new bool[ConfigurationSpace.Functions];

    /// <summary>Whether a group of any function waits for its response.</summary>
    public bool IsAnyOut => Array.Exists(_groups, group => group.IsOut);

    public void Reset()
    {
        Array.Clear(_groups);
        Array.Clear(_hasFailed);
    }

    /// <summary>No Page Request can be sent for the function.</summary>
    public bool IsOff(int function)
    {
        var space = configuration[function];
        return !space.IsPageRequestEnabled || _hasFailed[function] || space.Allocation == 0;
    }

    /// <summary>The slot's last group is answered, and Allocation has room for the next.</summary>
    public bool CanSend(DmaSlot slot) => !_groups[slot.Index].IsOut
        && (PagesOut(slot.Context.Function) + (uint)PagesOf(slot) <= configuration[slot.Context.Function].Allocation
            || fault == ModelFault.M69);

    /// <summary>Sends the group of a slot; there must be room in the transmit queue.</summary>
    public void Send(DmaSlot slot, ulong now)
    {
        var function = slot.Context.Function;
        var pages = PagesOf(slot);
        var options = slot.Context.ToOptions(slot.IsExecute, slot.TrafficClass);
        for (var i = 0; i < pages; i++)
        {
            var request = new PageRequest(
                configuration.IdOf(function),
                (slot.NextAddress & ~0xFFFUL) + (0x1000 * (ulong)i),
                slot.Index,
                IsLastOfGroup: i == pages - 1,
                WantsWrite: slot.Operation != DmaOperation.Read,
                WantsRead: slot.Operation != DmaOperation.Write);
            transmit.Add(TlpWriter.WritePageRequest(transmit.Room, request, options), now);
        }

        _groups[slot.Index] = new PageGroup { IsOut = true, IsAwaited = true, Function = function, Pages = pages };
    }

    /// <summary>Sends a Stop Marker behind what is in the transmit queue, where Page Requests may be sent.</summary>
    public void SendStopMarker(int function, Pasid pasid, ulong now)
    {
        var space = configuration[function];
        if (space.IsPageRequestEnabled && !_hasFailed[function] && space.IsPasidEnabled && space.IsActive)
        {
            var marker = PageRequest.StopMarker(configuration.IdOf(function));
            transmit.Add(TlpWriter.WritePageRequest(transmit.Room, marker, TlpOptions.WithPasid(pasid)), now);
        }
    }

    /// <summary>Takes a PRG Response for a function.</summary>
    /// <param name="tlp">The response.</param>
    /// <param name="function">The function that it names.</param>
    /// <param name="hasFailed">The interface of the function stopped.</param>
    /// <returns>The slot whose operation gets the answer; -1: none does.</returns>
    public int TakeResponse(TlpView tlp, int function, out bool hasFailed)
    {
        hasFailed = false;
        var index = tlp.PrgIndex;
        if (index >= _groups.Length || !_groups[index].IsOut || _groups[index].Function != function)
        {
            configuration[function].SetPageRequestStatus(PageRequestCapability.UnexpectedPrgIndex, isSet: true);
            return -1;
        }

        var isAwaited = _groups[index].IsAwaited;
        _groups[index] = default;
        var isAnswer = tlp.PrgResponseCode is PrgResponseCode.Success or PrgResponseCode.InvalidRequest;
        if (!_hasFailed[function] && !isAnswer)
        {
            hasFailed = true;
            _hasFailed[function] = fault != ModelFault.M71;
            configuration[function].SetPageRequestStatus(PageRequestCapability.ResponseFailure, isSet: true);
        }

        ShowStopped(function);
        return isAwaited ? index : -1;
    }

    /// <summary>Nobody waits for the response to a slot's group any more; it stays out.</summary>
    public void Abandon(int slot) => _groups[slot].IsAwaited = false;

    /// <summary>Control or Allocation was written.</summary>
    public void TakeSettings(int function)
    {
        _hasFailed[function] &= configuration[function].IsPageRequestEnabled;
        ShowStopped(function);
    }

    /// <summary>Forgets what a function has out.</summary>
    public void Forget(int function)
    {
        for (var i = 0; i < _groups.Length; i++)
        {
            if (_groups[i].Function == function)
            {
                _groups[i] = default;
            }
        }

        _hasFailed[function] = false;
        ShowStopped(function);
    }

    private void ShowStopped(int function)
    {
        var space = configuration[function];
        if (space.HasAts)
        {
            var isStopped = !space.IsPageRequestEnabled && PagesOut(function) == 0;
            space.SetPageRequestStatus(PageRequestCapability.Stopped, isStopped);
        }
    }

    private int PagesOf(DmaSlot slot) =>
        (int)Math.Min((uint)slot.PagesWanted, configuration[slot.Context.Function].Allocation);

    private uint PagesOut(int function)
    {
        var pages = 0;
        foreach (ref readonly var group in _groups.AsSpan())
        {
            pages += group.IsOut && group.Function == function ? group.Pages : 0;
        }

        return (uint)pages;
    }
}
