using HilBench.Memory;

namespace HilBench.Clients;

/// <summary>One access of a client's device, of 8 bytes.</summary>
/// <param name="Outcome">What it met.</param>
/// <param name="Physical">Where it went.</param>
/// <param name="Value">What was read or written.</param>
public readonly record struct DeviceAccess(AccessOutcome Outcome, PhysicalAddress Physical, ulong Value);
