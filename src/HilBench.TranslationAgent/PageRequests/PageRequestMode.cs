namespace HilBench.TranslationAgent;

/// <summary>What becomes of the Page Requests of a function.</summary>
public enum PageRequestMode
{
    /// <summary>Complete groups wait to be served by a CPU (iommu_queue_iopf).</summary>
    Serve = 0,

    /// <summary>They are answered at once with <see cref="PageRequestQueue.Code"/>; nothing is mapped.</summary>
    Answer,

    /// <summary>They wait until the mode changes.</summary>
    Hold,

    /// <summary>They are dropped, as by a queue that overflows without anybody's notice.</summary>
    Lose,
}
