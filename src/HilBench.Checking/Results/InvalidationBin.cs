namespace HilBench.Checking;

/// <summary>One kind of meeting between an Invalidate Request and a translation that it ends, and how often it was seen.</summary>
/// <param name="Entry">The size of the translation: 4KiB, to1MiB, 2MiB, to512MiB, 1GiB, larger.</param>
/// <param name="Invalidated">The size of the request: the same words, and everything.</param>
/// <param name="Position">Where in the translation the request lies: first, middle, last (page or block); whole: it covers all.</param>
/// <param name="State">held; arriving: the answer was on its way to the device; asked: the request for it was out.</param>
/// <param name="Pasid">same, none (neither has one), without (the request has none), global (the Global bit), globalEntry (that of the translation).</param>
/// <param name="Count">How often.</param>
public sealed record InvalidationBin(string Entry, string Invalidated, string Position, string State, string Pasid, long Count);
