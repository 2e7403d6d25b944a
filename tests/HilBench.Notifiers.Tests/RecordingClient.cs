namespace HilBench.Notifiers.Tests;

/// <summary>Writes down its callbacks in a shared list, and answers as told.</summary>
internal sealed class RecordingClient(string name, List<string> calls, NotifierCallbacks callbacks) : INotifierClient
{
    public NotifierCallbacks Callbacks => callbacks;

    public int StartAnswer { get; set; }

    public int WaitsLeft { get; set; }

    public bool IsSettled => WaitsLeft-- <= 0;

    public int InvalidateRangeStart(in NotifierRange range)
    {
        calls.Add($"{name}.start");
        return range.IsBlockable ? 0 : StartAnswer;
    }

    public void InvalidateRangeEnd(in NotifierRange range) => calls.Add($"{name}.end");

    public void InvalidateSecondaryTlb(
        VirtualAddress start, VirtualAddress end) => calls.Add($"{name}.inv {start}-{end}");

    public void InvalidatePage(VirtualAddress address) => calls.Add($"{name}.page {address}");

    public void ChangePte(VirtualAddress address, ulong entry) => calls.Add($"{name}.change_pte");

    public bool TestYoung(VirtualAddress address)
    {
        calls.Add($"{name}.test_young");
        return true;
    }

    public void Release() => calls.Add($"{name}.release");
}
