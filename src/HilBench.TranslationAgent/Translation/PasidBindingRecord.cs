namespace HilBench.TranslationAgent;

/// <summary>Journal payload of PasidBinding.</summary>
/// <param name="Pasid">The PASID, or <see cref="InvalidationRecord.NoPasid"/>.</param>
/// <param name="AddressSpace">Id of the address space; 0 when unbound.</param>
/// <param name="Function">Requester ID of the function.</param>
public readonly record struct PasidBindingRecord(uint Pasid, uint AddressSpace, ushort Function);
