using HilBench.Memory;
using HilBench.Pcie;
using HilBench.TranslationAgent;

namespace HilBench.Checking;

/// <summary>All monitors of one function: tags, translations, ITags and PRG indexes belong to a function.</summary>
internal sealed class FunctionMonitors
{
    private readonly CheckContext _context;
    private readonly OutstandingRequests _requests = new();
    private readonly ShadowAtc _atc;
    private readonly TranslationMonitor _translations;
    private readonly TrafficMonitor _traffic;
    private readonly OperationMonitor _operations;
    private readonly RefusedAnswers _refused;

    public FunctionMonitors(CheckContext context, CommandTable commands, PasidTable pasids, PhysicalMemory memory, int memoryLog2)
    {
        _context = context;
        _atc = new ShadowAtc(memoryLog2);
        Blame = new StaleUseBlame(context, _atc, commands);
        Pages = new PageRequestMonitor(context);
        _refused = new RefusedAnswers(commands);
        _operations = new OperationMonitor(context, _atc, commands, _refused, Blame);
        _translations = new TranslationMonitor(context, _requests, _atc, Blame, _refused, commands);
        _traffic = new TrafficMonitor(context, _requests, _atc, Blame, Pages, _refused, _operations);
        Malformed = new MalformedInputMonitor(context, _atc);
        Invalidations = new InvalidationMonitor(context, _atc, _traffic, Blame, Pages, Malformed);
        Configuration = new ConfigurationMonitor(context);
        Host = new HostMonitor(context, _atc, Invalidations, pasids, memory);
    }

    /// <summary>The kinds of meeting between invalidations and translations that were seen.</summary>
    public IReadOnlyList<InvalidationBin> Bins => _atc.Coverage.Bins();

    public FunctionState Function => _context.Function;

    public StaleUseBlame Blame { get; }

    public InvalidationMonitor Invalidations { get; }

    public PageRequestMonitor Pages { get; }

    public HostMonitor Host { get; }

    public TrafficMonitor Traffic => _traffic;

    public MalformedInputMonitor Malformed { get; }

    public ConfigurationMonitor Configuration { get; }

    /// <summary>The function sent a request or a message.</summary>
    public void Sent(in TlpView tlp, ulong time)
    {
        switch (tlp.Kind)
        {
            case TlpKind.MemoryRead when tlp.IsTranslationRequest:
                _operations.Asked(tlp.Address & ~0xFFFUL, tlp.HasPasid ? tlp.Prefix.Pasid.Value : Grant.NoPasid);
                Pages.Translates(tlp.Address & ~0xFFFUL, tlp.HasPasid ? tlp.Prefix.Pasid.Value : Grant.NoPasid);
                _translations.Requested(in tlp, time);
                break;
            case TlpKind.MemoryRead or TlpKind.MemoryWrite or TlpKind.FetchAdd or TlpKind.Swap or TlpKind.Cas:
                _traffic.Requested(in tlp, time);
                break;
            case TlpKind.InvalidateCompletion:
                Invalidations.Completion(in tlp, time);
                break;
            case TlpKind.PageRequest:
            case TlpKind.OtherMessage when tlp.MessageCode == MessageCode.PageRequest:
                Pages.Requested(in tlp, time);
                break;
            case TlpKind.OtherMessage when tlp.MessageCode == MessageCode.InvalidateCompletion:
                Invalidations.Completion(in tlp, time);
                break;
        }
    }

    /// <summary>The host writes configuration.</summary>
    public void Written(in TlpView tlp, ulong time)
    {
        Configuration.Writes(in tlp);
        Host.Writes(in tlp);
        Pages.Writes(in tlp, time);
        Function.Written(in tlp);
    }

    /// <summary>The host's request was completed.</summary>
    public void Completed(in TlpView tlp, ulong time)
    {
        Pages.Answers(in tlp, time);
        var change = Function.Completed(tlp.Tag);
        if ((change & FunctionChange.AtsOff) != 0)
        {
            _atc.EndAll(Grant.AtsOff);
            _requests.EndTranslations(Grant.AtsOffInFlight);
            _traffic.Reset();
        }

        if ((change & FunctionChange.PasidOff) != 0)
        {
            _atc.EndAll(Grant.PasidOff, onlyPasids: true);
        }

        if ((change & FunctionChange.StuChanged) != 0)
        {
            _atc.Relabel(Grant.AtsOff, Grant.StuChanged);
        }

        if ((change & FunctionChange.Reset) != 0)
        {
            End(Grant.FunctionReset);
        }
    }

    /// <summary>The host answers a request of the function.</summary>
    public void Answered(in TlpView tlp, ulong time)
    {
        if (_requests[tlp.Tag].Kind == OutstandingRequests.RequestKind.Translation)
        {
            _translations.Answered(in tlp, time);
        }
        else if (_requests[tlp.Tag].Kind == OutstandingRequests.RequestKind.None)
        {
            _translations.Forged(in tlp);
        }
        else
        {
            _traffic.Answered(in tlp);
        }
    }

    /// <summary>A completion for somebody who is not there.</summary>
    public void Forged(in TlpView tlp) => _translations.Forged(in tlp);

    /// <summary>An operation of the function ended without the translation that it had asked for.</summary>
    public void GivenUp(in CommandRecord record) => _translations.GivenUp(in record);

    /// <summary>A completion reached the function.</summary>
    public void Delivered(in TlpView tlp, ulong time)
    {
        if (_requests[tlp.Tag].Kind == OutstandingRequests.RequestKind.Translation)
        {
            _translations.Delivered(in tlp, time);
        }
        else
        {
            _traffic.Delivered(in tlp);
        }
    }

    /// <summary>The whole device was reset.</summary>
    public void Reset() => End(Grant.DeviceReset);

    // Translations are kept as ended ones: what a later use of them breaks is the reset.
    private void End(long cause)
    {
        _requests.Clear();
        _atc.Reset(cause);
        _refused.Clear();
        Malformed.Reset();
        Configuration.Reset();
        _translations.Reset();
        _traffic.Reset();
        Invalidations.Reset();
        Pages.Reset();
        _context.Function.Reset();
    }
}
