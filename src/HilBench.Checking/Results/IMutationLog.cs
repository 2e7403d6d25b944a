namespace HilBench.Checking;

/// <summary>Where a mutation run leaves what it knows as soon as it knows it, and finds what an interrupted one knew.</summary>
public interface IMutationLog
{
    /// <summary>The device without a fault; null when it did not run yet.</summary>
    CleanDevice? Clean { get; }

    /// <summary>The result of a fault; null when it did not run yet.</summary>
    /// <param name="fault">Fault id.</param>
    FaultResult? Find(string fault);

    /// <summary>Adds the device without a fault.</summary>
    void Add(CleanDevice clean);

    /// <summary>Adds the result of a fault.</summary>
    void Add(FaultResult result);
}
