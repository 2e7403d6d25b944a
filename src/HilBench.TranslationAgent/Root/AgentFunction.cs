using HilBench.Journal;
using HilBench.Pcie;

namespace HilBench.TranslationAgent;

/// <summary>One function of the device as the translation agent keeps it: its contexts and its queue.</summary>
/// <param name="pasids">Which address space each PASID of the function stands for.</param>
/// <param name="invalidations">Its invalidation queue.</param>
/// <param name="pageRequests">Its page requests.</param>
/// <param name="journal">Where the beginning and end of the service are recorded.</param>
public sealed class AgentFunction(PasidTable pasids, InvalidationQueue invalidations, PageRequestQueue pageRequests, EventJournal journal)
{
    /// <summary>Its Requester ID; bus and device change when the host renumbers the bus.</summary>
    public RequesterId Id
    {
        get => Invalidations.Function;
        set
        {
            Invalidations.Function = value;
            PageRequests.Function = value;
            Pasids.Function = value;
        }
    }

    /// <summary>Which address space each PASID stands for.</summary>
    public PasidTable Pasids { get; } = pasids;

    /// <summary>The invalidation queue.</summary>
    public InvalidationQueue Invalidations { get; } = invalidations;

    /// <summary>Its page requests.</summary>
    public PageRequestQueue PageRequests { get; } = pageRequests;

    /// <summary>
    /// Whether the agent serves Translation Requests; otherwise they are answered UR. On before the function's own Enable,
    /// and off after it (arm_smmu_enable_ats, pci_enable_ats).
    /// </summary>
    public bool IsAtsEnabled
    {
        get;
        set
        {
            if (field == value)
            {
                return;
            }

            field = value;
            var record = new AgentServiceRecord(Id.Value, value);
            journal.Append(JournalKind.AgentService, in record);
        }
    }

    /// <summary>Forgets what is out: after a reset of the function.</summary>
    public void Reset()
    {
        Invalidations.Reset();
        PageRequests.Reset();
    }
}
