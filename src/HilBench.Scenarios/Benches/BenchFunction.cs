using HilBench.Checking;
using HilBench.Pcie;
using HilBench.TranslationAgent;

namespace HilBench.Scenarios;

/// <summary>One function of the device, with all that the host keeps for it.</summary>
/// <param name="agent">The agent's side of it.</param>
/// <param name="layout">What discovery found.</param>
/// <param name="configuration">Its configuration space.</param>
public sealed class BenchFunction(AgentFunction agent, FunctionLayout layout, FunctionConfiguration configuration)
{
    /// <summary>Its number, 0 to 7.</summary>
    public int Number => Id.Function;

    /// <summary>Its Requester ID.</summary>
    public RequesterId Id => Agent.Id;

    /// <summary>The agent's side of it.</summary>
    public AgentFunction Agent { get; } = agent;

    /// <summary>What discovery found.</summary>
    public FunctionLayout Layout { get; } = layout;

    /// <summary>Its configuration space.</summary>
    public FunctionConfiguration Configuration { get; } = configuration;

    /// <summary>Its invalidation queue.</summary>
    public InvalidationQueue Invalidations => Agent.Invalidations;

    /// <summary>Which address space each of its PASIDs stands for.</summary>
    public PasidTable Pasids => Agent.Pasids;

    /// <summary>Whether it has the ATS capability.</summary>
    public bool HasAts => Layout.AtsOffset != 0;
}
