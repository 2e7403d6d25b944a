namespace HilBench.TranslationAgent;

/// <summary>Journal payload of InvalidationBegin and InvalidationEnd (where only the ticket counts).</summary>
/// <param name="Ticket">Which invalidation.</param>
/// <param name="First">First byte.</param>
/// <param name="Last">Last byte, inclusive.</param>
/// <param name="Pasid">The PASID, or <see cref="NoPasid"/>.</param>
/// <param name="IsGlobal">Whether the Global Invalidate bit is set.</param>
/// <param name="Function">Requester ID of the function.</param>
public readonly record struct InvalidationRecord(ulong Ticket, ulong First, ulong Last, uint Pasid, bool IsGlobal, ushort Function)
{
    /// <summary>Stands for "no PASID" in journal records.</summary>
    public const uint NoPasid = uint.MaxValue;
}
