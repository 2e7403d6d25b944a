namespace HilBench.Memory;

/// <summary>
/// A stamp that a frame gets each time it is handed out; no two hand-outs share one. 0: never handed out.
/// </summary>
/// <param name="Value">The stamp.</param>
public readonly record struct FrameIdentity(ulong Value);
