namespace HilBench.Links;

/// <summary>The results of SELF_TEST: one bit for each test of the board. Source: docs/protocol.md, "Control".</summary>
/// <param name="Passed">Tests that passed.</param>
/// <param name="Failed">Tests that failed.</param>
public readonly record struct SelfTestResult(uint Passed, uint Failed)
{
    /// <summary>Whether some test ran, and none failed.</summary>
    public bool IsGood => Failed == 0 && Passed != 0;
}
