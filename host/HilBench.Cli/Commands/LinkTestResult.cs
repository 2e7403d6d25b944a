using HilBench.Links;

namespace HilBench.Cli.Commands;

/// <summary>What <c>hilbench link test</c> found.</summary>
/// <param name="Board">The other side.</param>
/// <param name="Bytes">Payload of each frame.</param>
/// <param name="RoundTrips">Microseconds, shortest first.</param>
/// <param name="Throughput">Bytes of payload each second, in each direction.</param>
/// <param name="Host">What the host has seen.</param>
/// <param name="BoardCounters">What the board has seen meanwhile; null when it does not tell.</param>
/// <param name="Wrong">ECHOs that were lost, doubled or altered in spite of all.</param>
/// <param name="PayloadLimit">Bytes of payload that the line can carry each second in each direction; null where there is no bit rate.</param>
internal sealed record LinkTestResult(
    BoardIdentity Board,
    int Bytes,
    IReadOnlyList<double> RoundTrips,
    double Throughput,
    LinkCounters Host,
    IReadOnlyList<uint>? BoardCounters,
    int Wrong,
    double? PayloadLimit)
{
    /// <summary>Which part of what the line can carry was reached; null where there is no bit rate.</summary>
    public double? Share => Throughput / PayloadLimit;

    /// <summary>What is printed of the round trips.</summary>
    public static IReadOnlyList<(string Name, double Share)> Percentiles { get; } =
        [("min", 0), ("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("max", 1)];

    /// <summary>Bit errors of what came to the host.</summary>
    public double HostErrorRate => LinkProbe.BitErrorRate(Host.BrokenFrames, Host.Frames, Host.BytesIn);

    /// <summary>Bit errors of what came to the board.</summary>
    public double BoardErrorRate => BoardCounters is { Count: > 1 } board ? LinkProbe.BitErrorRate(board[1], board[0], Host.BytesOut) : 0;

    /// <summary>The round trip that this share of all does not exceed, microseconds.</summary>
    public double Percentile(double share) =>
        RoundTrips.Count == 0 ? 0 : RoundTrips[Math.Min(RoundTrips.Count - 1, (int)(share * RoundTrips.Count))];

    /// <summary>How many round trips took up to 1, 2, 5, 10, ... microseconds, and more than the step before.</summary>
    public IReadOnlyList<(long UpToUs, int Count)> Histogram()
    {
        var steps = new List<(long, int)>();
        var counted = 0;
        for (var decade = 1L; counted < RoundTrips.Count; decade *= 10)
        {
            foreach (var upTo in (long[])[decade, 2 * decade, 5 * decade])
            {
                var below = RoundTrips.Count(micros => micros <= upTo);
                if (below > counted)
                {
                    steps.Add((upTo, below - counted));
                }

                counted = below;
            }
        }

        return steps.Count > 0 ? steps : [(1, 0)];
    }
}
