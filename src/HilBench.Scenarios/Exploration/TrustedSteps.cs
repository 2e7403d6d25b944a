namespace HilBench.Scenarios;

/// <summary>
/// Steps of which every use of shared state is recorded. Moves of others are never taken for local, and what they may use
/// counts as shared.
/// </summary>
internal static class TrustedSteps
{
    private static readonly HashSet<string> _names = ["add", "await", "map", "mprotect", "munmap", "read", "touch", "write"];

    /// <summary>Whether all steps of the threads are such.</summary>
    public static bool AreAll(LitmusProgram program) => program.Threads.All(thread => thread.Steps.All(step => Has(step)));

    /// <summary>Whether clients of the notifiers are part of the test.</summary>
    public static bool HaveClients(LitmusProgram program) =>
        program.Setup.Steps.Concat(program.Threads.SelectMany(thread => thread.Steps))
            .Any(step => step.IsThroughClient || step.Text.StartsWith("client", StringComparison.Ordinal));

    /// <summary>Whether a step is one; null is the end of a thread, which is.</summary>
    public static bool Has(LitmusStep? step)
    {
        if (step is null)
        {
            return true;
        }

        var words = step.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var name = words.Length > 2 && words[1] == "=" ? words[2] : words[0];
        return !step.IsThroughClient && (_names.Contains(name) || !char.IsAsciiLetter(name[0]));
    }
}
