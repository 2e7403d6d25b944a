namespace HilBench.Checking;

/// <summary>Whether the device may still hold a translation.</summary>
internal enum GrantState : byte
{
    /// <summary>The place is free.</summary>
    None = 0,

    /// <summary>The device may hold and use it; invalidations may be on their way.</summary>
    Live,

    /// <summary>A completed invalidation, a later grant, a disable or a reset ended it.</summary>
    Dead,
}
