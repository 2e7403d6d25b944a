using HilBench.Pcie;

namespace HilBench.Devices.Model;

/// <summary>What one Invalidate Completion, or several of them in as many traffic classes, have to say.</summary>
/// <param name="Function">The function that was invalidated.</param>
/// <param name="Agent">Who asked.</param>
/// <param name="Vector">Bit i for ITag i.</param>
/// <param name="Classes">Bit i: one goes in class i.</param>
internal readonly record struct ClosingRecord(int Function, RequesterId Agent, uint Vector, int Classes)
{
    public bool IsThere => Vector != 0;

    public bool CanJoin(ClosingRecord other) =>
        Function == other.Function && Agent == other.Agent && Classes == other.Classes;
}
