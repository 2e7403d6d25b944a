namespace HilBench.TranslationAgent;

/// <summary>One page that a function asks for.</summary>
/// <param name="Address">Untranslated address, a multiple of 4096.</param>
/// <param name="WantsWrite">Write access is wanted; otherwise read access.</param>
public readonly record struct RequestedPage(ulong Address, bool WantsWrite);
