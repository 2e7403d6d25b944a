using System.Diagnostics.CodeAnalysis;
using HilBench.Pcie;

namespace HilBench.TranslationAgent;

/// <summary>
/// The agent's side of the Page Request Interface for one function: puts groups together, keeps them for the CPU that
/// serves them, and sends one PRG Response for each.
/// </summary>
/// <param name="port">Where responses go.</param>
/// <param name="agent">Requester ID of the translation agent.</param>
public sealed class PageRequestQueue(ITlpPort port, RequesterId agent)
{
    private readonly Dictionary<int, List<RequestedPage>> _open = [];
    private readonly Queue<PageRequestGroup> _waiting = new();
    private readonly byte[] _tlp = new byte[32];

    /// <summary>The function that asks.</summary>
    public RequesterId Function { get; set; }

    /// <summary>What becomes of groups.</summary>
    public PageRequestMode Mode { get; private set; }

    /// <summary>The response of <see cref="PageRequestMode.Answer"/>.</summary>
    public PrgResponseCode Code { get; private set; }

    /// <summary>
    /// Groups that may wait to be served. A group beyond them is answered Success without being served: the device asks
    /// again if it still needs the pages (the auto-response of an overflowing queue).
    /// </summary>
    public int Capacity { get; set; } = 64;

    /// <summary>Whether responses carry the PASID of their requests (PRG Response PASID Required).</summary>
    public bool IsPasidInResponses { get; set; }

    /// <summary>Page Requests that were dropped.</summary>
    public long Lost { get; private set; }

    /// <summary>Complete groups that wait.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>Whether a CPU has something to serve.</summary>
    public bool HasWork => Mode == PageRequestMode.Serve && _waiting.Count > 0;

    /// <summary>Takes a Page Request. A Stop Marker needs no answer.</summary>
    public void Take(in TlpView tlp)
    {
        if (tlp.IsStopMarker)
        {
            return;
        }

        if (Mode == PageRequestMode.Lose)
        {
            Lost++;
            return;
        }

        if (!_open.TryGetValue(tlp.PrgIndex, out var pages))
        {
            _open[tlp.PrgIndex] = pages = [];
        }

        pages.Add(new RequestedPage(tlp.PageAddress, tlp.WantsWrite));
        if (!tlp.IsLastOfGroup)
        {
            return;
        }

        _open.Remove(tlp.PrgIndex);
        var group = new PageRequestGroup(tlp.PrgIndex, tlp.HasPasid ? tlp.Prefix.Pasid : null, pages);
        if (Mode == PageRequestMode.Answer)
        {
            Respond(group.Index, Code, group.Pasid);
        }
        else if (Mode == PageRequestMode.Serve && _waiting.Count >= Capacity)
        {
            Respond(group.Index, PrgResponseCode.Success, group.Pasid);
        }
        else
        {
            _waiting.Enqueue(group);
        }
    }

    /// <summary>Changes the mode; groups that wait are treated by the new one.</summary>
    /// <param name="mode">The mode.</param>
    /// <param name="code">The response of <see cref="PageRequestMode.Answer"/>.</param>
    public void Set(PageRequestMode mode, PrgResponseCode code = PrgResponseCode.Success)
    {
        Mode = mode;
        Code = code;
        while (mode is PageRequestMode.Answer or PageRequestMode.Lose && _waiting.TryDequeue(out var group))
        {
            if (mode == PageRequestMode.Answer)
            {
                Respond(group.Index, code, group.Pasid);
            }
        }
    }

    /// <summary>Takes the next group that is to be served.</summary>
    public bool TryTake([NotNullWhen(true)] out PageRequestGroup? group)
    {
        group = null;
        return Mode == PageRequestMode.Serve && _waiting.TryDequeue(out group);
    }

    /// <summary>Answers the group that waits longest, whatever the mode.</summary>
    /// <returns>False: none waits.</returns>
    public bool TryAnswerNext(PrgResponseCode code)
    {
        var isThere = _waiting.TryDequeue(out var group);
        if (isThere)
        {
            Respond(group!.Index, code, group.Pasid);
        }

        return isThere;
    }

    /// <summary>Sends a PRG Response.</summary>
    /// <param name="index">PRG index, 0 to 511.</param>
    /// <param name="code">The answer.</param>
    /// <param name="pasid">The PASID of the requests; null: they had none.</param>
    public void Respond(int index, PrgResponseCode code, Pasid? pasid)
    {
        var response = new PrgResponse(agent, Function, index, code);
        var options = TlpOptions.WithPasid(IsPasidInResponses ? pasid : null);
        port.Send(_tlp.AsSpan(0, TlpWriter.WritePrgResponse(_tlp, in response, in options)), DownstreamClass.PrgResponse);
    }

    /// <summary>Forgets everything that is out: after a reset of the function or of its interface.</summary>
    public void Reset()
    {
        _open.Clear();
        _waiting.Clear();
    }
}
