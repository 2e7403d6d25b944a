namespace HilBench.TranslationAgent;

/// <summary>Journal payload of AgentService.</summary>
/// <param name="Function">Requester ID of the function.</param>
/// <param name="IsServed">Whether Translation Requests of the function are served from now on.</param>
public readonly record struct AgentServiceRecord(ushort Function, bool IsServed);
