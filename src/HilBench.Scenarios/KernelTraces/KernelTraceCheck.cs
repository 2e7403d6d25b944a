using System.Collections.Concurrent;
using HilBench.Journal;
using HilBench.Notifiers;

namespace HilBench.Scenarios.KernelTraces;

/// <summary>Replays golden traces of real kernels on the engine.</summary>
public static class KernelTraceCheck
{
    /// <summary>The traces of a folder and the folders below it, sorted; a file stands for itself.</summary>
    /// <returns>Paths that begin with <paramref name="place"/>.</returns>
    /// <exception cref="InputException">There is no such place, or no trace in it.</exception>
    public static IReadOnlyList<string> Find(string place)
    {
        if (File.Exists(place))
        {
            return [place];
        }

        try
        {
            var files = Directory.GetFiles(place, "*.json", SearchOption.AllDirectories);
            Array.Sort(files, StringComparer.Ordinal);
            return files.Length > 0 ? files
                : throw new InputException($"there is no trace (*.json) in {place}", "Name a folder of traces, such as tests/kernel-traces.");
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"'{place}' cannot be read ({cause.Message})", "Name a folder of traces, such as tests/kernel-traces.");
        }
    }

    /// <summary>Replays every trace of a place, on all cores.</summary>
    /// <param name="place">A folder, or one trace.</param>
    /// <param name="profile">Which kernel the engine plays; null: for each trace the one on which it was recorded.</param>
    /// <param name="progress">Told of each trace.</param>
    /// <param name="cancel">Stops the check.</param>
    /// <returns>One result for each trace, in the order of <see cref="Find"/>.</returns>
    /// <exception cref="InputException">A file is no trace, or no profile stands for its kernel.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static IReadOnlyList<KernelTraceResult> Run(
        string place, KernelProfile? profile, IKernelTraceProgress progress, CancellationToken cancel)
    {
        var files = Find(place);
        var results = new KernelTraceResult[files.Count];
        var failures = new ConcurrentDictionary<int, Exception>();
        var done = 0;
        Parallel.For(0, files.Count, new ParallelOptions { CancellationToken = cancel }, index =>
        {
            try
            {
                results[index] = Check(files[index], Path.GetRelativePath(place, files[index]), profile);
            }
            catch (InputException wrong)
            {
                failures[index] = wrong;
            }

            progress.TraceReplayed(files[index], Interlocked.Increment(ref done), files.Count);
        });
        return failures.IsEmpty ? results : throw failures[failures.Keys.Min()];
    }

    /// <summary>Replays one trace.</summary>
    /// <param name="file">Its path.</param>
    /// <param name="shownAs">What the result calls it.</param>
    /// <param name="profile">Which kernel the engine plays; null: the one on which it was recorded.</param>
    /// <exception cref="InputException">It is no trace, or no profile stands for its kernel.</exception>
    public static KernelTraceResult Check(string file, string shownAs, KernelProfile? profile = null)
    {
        var trace = KernelTrace.Load(file);
        profile ??= trace.ProfileOf(file);
        try
        {
            return new(shownAs == "." ? Path.GetFileName(file) : shownAs, trace.Name, profile.Name, TraceReplayer.Replay(trace, profile));
        }
        catch (FormatException wrong)
        {
            throw new InputException(file, 0, 0, wrong.Message, "docs/kernel-traces.md describes the format.");
        }
    }
}
