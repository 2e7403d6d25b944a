namespace HilBench.Cli.Commands;

/// <summary>What the doctor found out about one thing that the bench uses.</summary>
/// <param name="Id">Short name.</param>
/// <param name="Summary">What it is for.</param>
/// <param name="Status">How it stands.</param>
/// <param name="Found">Version or place; empty when it is missing.</param>
/// <param name="Advice">How to get it; empty when it is there.</param>
internal sealed record DoctorFinding(string Id, string Summary, DoctorStatus Status, string Found, string Advice);
