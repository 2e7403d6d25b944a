using System.Runtime.CompilerServices;

namespace HilBench.Journal;

/// <summary>Truths about our own code; they stay on in release builds.</summary>
public static class Invariant
{
    /// <summary>Throws when <paramref name="holds"/> is false.</summary>
    /// <exception cref="InvalidOperationException">We are wrong; the message starts with "bug:".</exception>
    public static void Holds(bool holds, [CallerArgumentExpression(nameof(holds))] string? claim = null)
    {
        if (!holds)
        {
            Fail(claim);
        }
    }

    private static void Fail(string? claim) => throw new InvalidOperationException($"bug: {claim}");
}
