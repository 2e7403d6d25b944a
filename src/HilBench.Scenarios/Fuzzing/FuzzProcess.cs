namespace HilBench.Scenarios;

/// <summary>A process of a random program.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Pasid">Its PASID; null: none.</param>
/// <param name="Function">The function that reaches it.</param>
internal sealed record FuzzProcess(string Name, uint? Pasid, int Function)
{
    /// <summary>The PASID as scenario files have it.</summary>
    public string PasidText => Pasid is { } pasid ? StepText.Hex(pasid) : "none";
}
