namespace HilBench.Scenarios;

/// <summary>A mapping of a random program.</summary>
/// <param name="Name">As addresses call it.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Address">First byte.</param>
/// <param name="SizeBytes">A multiple of 4 KiB.</param>
/// <param name="HotPages">Offsets, in bytes, of the pages that everything is aimed at.</param>
internal sealed record FuzzMapping(string Name, MappingKind Kind, ulong Address, ulong SizeBytes, IReadOnlyList<ulong> HotPages)
{
    /// <summary>The file that it shows; null: none.</summary>
    public string? File => Kind is MappingKind.FileShared or MappingKind.FilePrivate ? $"f_{Name}" : null;
}
