namespace HilBench.Scenarios.KernelTraces;

/// <summary>Told how a check of traces goes on; may be called from several threads.</summary>
public interface IKernelTraceProgress
{
    /// <summary>A trace was replayed.</summary>
    /// <param name="file">Which.</param>
    /// <param name="done">Traces replayed so far, this one too.</param>
    /// <param name="total">Traces of this check.</param>
    void TraceReplayed(string file, int done, int total);
}
