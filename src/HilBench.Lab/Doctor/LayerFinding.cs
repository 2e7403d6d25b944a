namespace HilBench.Lab;

/// <summary>What was found of a layer.</summary>
/// <param name="Layer">Which.</param>
/// <param name="Status">How it stands.</param>
/// <param name="Found">What was seen.</param>
/// <param name="Advice">What to do, when it fails; else empty.</param>
public sealed record LayerFinding(DoctorLayer Layer, LayerStatus Status, string Found, string Advice = "");
