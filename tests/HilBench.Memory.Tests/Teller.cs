using HilBench.Notifiers;

namespace HilBench.Memory.Tests;

/// <summary>
/// A notifier that writes down what it is told, also questions about use: <c>start 0x0 0x1000 Unmap</c>,
/// <c>flush-young 0x0 0x1000</c>. Addresses count from <see cref="DeviceBench.Base"/>.
/// </summary>
internal sealed class Teller(NotifierCallbacks callbacks) : INotifierClient
{
    public const NotifierCallbacks Ranges =
        NotifierCallbacks.InvalidateRangeStart | NotifierCallbacks.InvalidateRangeEnd;

    public NotifierCallbacks Callbacks => callbacks;

    public bool Refuses { get; set; }

    public List<string> Calls { get; } = [];

    public int InvalidateRangeStart(in NotifierRange range)
    {
        Calls.Add($"start {At(range.Start)} {At(range.End)} {range.Event}{(range.IsBlockable ? "" : " at once")}");
        return Refuses && !range.IsBlockable ? -11 : 0;
    }

    public void InvalidateRangeEnd(in NotifierRange range) => Calls.Add($"end {At(range.Start)} {At(range.End)}");

    public void InvalidateSecondaryTlb(VirtualAddress start, VirtualAddress end) =>
        Calls.Add($"inv {At(start)} {At(end)}");

    public bool ClearFlushYoung(VirtualAddress start, VirtualAddress end) => Young("flush-young", start, end);

    public bool ClearYoung(VirtualAddress start, VirtualAddress end) => Young("young", start, end);

    public void Release() => Calls.Add("release");

    private bool Young(string word, VirtualAddress start, VirtualAddress end)
    {
        Calls.Add($"{word} {At(start)} {At(end)}");
        return false;
    }

    private static string At(VirtualAddress address) => address.Value switch
    {
        0 => "min",
        ulong.MaxValue => "max",
        var value => $"0x{value - DeviceBench.Base.Value:x}",
    };
}
