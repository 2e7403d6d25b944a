namespace HilBench.TranslationAgent;

/// <summary>Journal payload of Translation: one entry of an answer.</summary>
/// <param name="Va">The page that was asked for, or the next in line.</param>
/// <param name="Entry">The entry's bits; without R and W: no access.</param>
/// <param name="Pasid">The PASID, or <see cref="InvalidationRecord.NoPasid"/>.</param>
/// <param name="Function">Requester ID of the function.</param>
public readonly record struct TranslationRecord(ulong Va, ulong Entry, uint Pasid, ushort Function);
