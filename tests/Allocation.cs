namespace HilBench.Testing;

/// <summary>Counts the managed memory that a piece of code allocates.</summary>
internal static class Allocation
{
    private const int Tries = 5;

    /// <summary>
    /// The least of several measurements, in bytes. A garbage collection that another thread starts meanwhile gives up
    /// the rest of this thread's allocation buffer, which the runtime then counts as allocated.
    /// </summary>
    public static long Of(Action body)
    {
        var least = long.MaxValue;
        for (var i = 0; i < Tries && least > 0; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            body();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
