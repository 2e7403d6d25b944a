using HilBench.Pcie;

namespace HilBench.Devices.Contract.Faults;

/// <summary>A page is translated, its mapping changes, it is invalidated, and used again.</summary>
/// <param name="Accessed">The address that is used.</param>
/// <param name="Range">What is invalidated.</param>
internal sealed record StaleCase(ulong Accessed, AtsRange Range)
{
    public const ulong Va = 0x7f00_0020_0000;
    public const ulong Pa = 0x1_2340_0000;
    public const ulong NewPa = 0x8000;

    private const ulong Old = 0x4000_0000;

    /// <summary>log2 of the block that is granted at first.</summary>
    public int SizeShift { get; init; } = 12;

    public Pasid? Pasid { get; init; }

    /// <summary>The PASID of the Invalidate Request.</summary>
    public Pasid? Named { get; init; }

    public bool IsGlobal { get; init; }

    public int Slot { get; init; }

    public int Function { get; init; }

    /// <summary>One page, used and invalidated.</summary>
    public static StaleCase Page { get; } = new(Va, AtsRange.Page(Va));

    /// <summary>True when the last use is of the old mapping.</summary>
    public bool IsStale(ExerciserHost host)
    {
        var function = Function == 0 ? ExerciserHost.Function : ExerciserHost.Second;
        var read = Operation.Read(Accessed, 4) with { Pasid = Pasid, Function = Function };
        host.Map(Accessed, Old, SizeShift, Pasid, function: Function);
        host.Do(Slot, read);
        host.Unmap(Accessed, SizeShift, Pasid, Function);
        host.Map(Accessed, NewPa, pasid: Pasid, function: Function);

        host.InvalidateAndWait(Range, 0, Named, IsGlobal, function);
        host.Do(Slot, read);

        return host.Translated.Last().Address != NewPa;
    }

    /// <summary>After the first Invalidate Completion a translated request touches the page.</summary>
    public static bool UsesAfterCompletion(ExerciserHost host, ulong page)
    {
        var completion = host.Log.FindIndex(t => t.Kind == TlpKind.InvalidateCompletion);
        return completion >= 0 && host.Log.Skip(completion + 1).Any(t => t.IsTranslated && t.Address - page < 0x1000);
    }
}
