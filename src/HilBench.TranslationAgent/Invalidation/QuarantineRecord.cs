namespace HilBench.TranslationAgent;

/// <summary>Journal payload of Quarantine.</summary>
/// <param name="Tags">Bit i: ITag i was outstanding.</param>
/// <param name="Deadline">The deadline that passed.</param>
/// <param name="Function">Requester ID of the function.</param>
public readonly record struct QuarantineRecord(uint Tags, ulong Deadline, ushort Function);
