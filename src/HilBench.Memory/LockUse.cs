namespace HilBench.Memory;

/// <summary>What happens to a lock.</summary>
internal enum LockUse : byte
{
    /// <summary>Somebody takes it.</summary>
    Taken = 0,

    /// <summary>Somebody asks for it in vain.</summary>
    Refused,

    /// <summary>Somebody lets it go.</summary>
    Released,
}
