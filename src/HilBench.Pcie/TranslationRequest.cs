namespace HilBench.Pcie;

/// <summary>A Translation Request. Source: ats-rules A.3.</summary>
/// <param name="Requester">Who asks.</param>
/// <param name="Tag">Names the request among those outstanding.</param>
/// <param name="Address">Untranslated address; a multiple of 4 (a correct device sends multiples of 4096).</param>
/// <param name="Translations">How many translations are wanted, 1 to 512; Length is twice this.</param>
/// <param name="NoWrite">NW: read access is enough.</param>
public readonly record struct TranslationRequest(
    RequesterId Requester, byte Tag, ulong Address, int Translations = 1, bool NoWrite = false);
