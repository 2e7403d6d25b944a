using HilBench.Pcie;

namespace HilBench.Checking;

/// <summary>All monitors of one function: tags, translations, ITags and PRG indexes belong to a function.</summary>
internal sealed class FunctionMonitors
{
    private readonly CheckContext _context;
    private readonly OutstandingRequests _requests = new();
    private readonly ShadowAtc _atc = new();
    private readonly TranslationMonitor _translations;
    private readonly TrafficMonitor _traffic;

    public FunctionMonitors(CheckContext context, CommandTable commands)
    {
        _context = context;
        Blame = new StaleUseBlame(context, _atc, commands);
        _translations = new TranslationMonitor(context, _requests, _atc, Blame);
        _traffic = new TrafficMonitor(context, _requests, _atc, Blame);
        Invalidations = new InvalidationMonitor(context, _atc, _traffic, Blame);
    }

    public FunctionState Function => _context.Function;

    public StaleUseBlame Blame { get; }

    public InvalidationMonitor Invalidations { get; }

    /// <summary>The function sent a request or a message.</summary>
    public void Sent(in TlpView tlp, ulong time)
    {
        switch (tlp.Kind)
        {
            case TlpKind.MemoryRead when tlp.IsTranslationRequest:
                _translations.Requested(in tlp, time);
                break;
            case TlpKind.MemoryRead or TlpKind.MemoryWrite or TlpKind.FetchAdd or TlpKind.Swap or TlpKind.Cas:
                _traffic.Requested(in tlp, time);
                break;
            case TlpKind.InvalidateCompletion:
                Invalidations.Completion(in tlp, time);
                break;
            case TlpKind.OtherMessage when tlp.MessageCode == MessageCode.InvalidateCompletion:
                Invalidations.Completion(in tlp, time);
                break;
        }
    }

    /// <summary>The host's request with this tag was completed.</summary>
    public void Completed(byte hostTag)
    {
        if (_context.Function.Completed(hostTag))
        {
            _atc.EndAll();
        }
    }

    /// <summary>The host answers a request of the function.</summary>
    public void Answered(in TlpView tlp, ulong time)
    {
        if (_requests[tlp.Tag].Kind == OutstandingRequests.RequestKind.Translation)
        {
            _translations.Answered(in tlp, time);
        }
        else
        {
            _traffic.Answered(in tlp);
        }
    }

    /// <summary>A completion reached the function.</summary>
    public void Delivered(in TlpView tlp, ulong time)
    {
        if (_requests[tlp.Tag].Kind == OutstandingRequests.RequestKind.Translation)
        {
            _translations.Delivered(tlp.Tag, time);
        }
        else
        {
            _traffic.Delivered(in tlp);
        }
    }

    public void Reset()
    {
        _requests.Clear();
        _atc.Clear();
        _translations.Reset();
        _traffic.Reset();
        Invalidations.Reset();
        _context.Function.Reset();
    }
}
