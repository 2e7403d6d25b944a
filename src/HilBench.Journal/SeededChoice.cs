namespace HilBench.Journal;

/// <summary>
/// The only source of chance. A seed gives the same choices on every machine; a child's seed is a function of its
/// parent's seed and its name, so neither order nor selection changes it. The generator is SplitMix64.
/// </summary>
public sealed class SeededChoice(ulong seed)
{
    private ulong _state = seed;

    /// <summary>The seed it was made from.</summary>
    public ulong Seed { get; } = seed;

    /// <summary>A generator of its own for the part of a run that <paramref name="name"/> names.</summary>
    public SeededChoice Child(string name) => new(ChildSeed(Seed, name));

    /// <summary>The seed that <see cref="Child"/> uses: FNV-1a over the name, mixed with the parent's seed.</summary>
    public static ulong ChildSeed(ulong seed, string name)
    {
        var hash = 0xCBF29CE484222325;
        foreach (var c in name)
        {
            hash = (hash ^ c) * 0x100000001B3;
        }

        return Mix(hash ^ Mix(seed + 0x9E3779B97F4A7C15));
    }

    /// <summary>64 bits.</summary>
    public ulong NextBits()
    {
        _state += 0x9E3779B97F4A7C15;
        return Mix(_state);
    }

    /// <summary>A number in [0, <paramref name="bound"/>).</summary>
    public ulong Below(ulong bound)
    {
        ArgumentOutOfRangeException.ThrowIfZero(bound);
        return (ulong)(((UInt128)NextBits() * bound) >> 64);
    }

    /// <summary>A number in [<paramref name="low"/>, <paramref name="high"/>], both included.</summary>
    public int Between(int low, int high)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(high, low);
        return low + (int)Below((ulong)((long)high - low + 1));
    }

    /// <summary>True in <paramref name="percent"/> of 100 cases.</summary>
    public bool Chance(int percent) => Below(100) < (ulong)percent;

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
