namespace HilBench.Lab;

/// <summary>How a layer stands.</summary>
public enum LayerStatus
{
    /// <summary>A layer in front of it fails.</summary>
    NotReached = 0,

    /// <summary>It works.</summary>
    Good,

    /// <summary>This way has no such layer.</summary>
    NotNeeded,

    /// <summary>It does not work.</summary>
    Failed,
}
