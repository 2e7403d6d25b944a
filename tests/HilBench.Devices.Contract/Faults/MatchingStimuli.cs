using HilBench.Pcie;
using static HilBench.Devices.Contract.Faults.StaleCase;

namespace HilBench.Devices.Contract.Faults;

/// <summary>M01 to M17, M23 to M28, M73, M77, M78, M82: what an invalidation drops.</summary>
internal static class MatchingStimuli
{
    private const ulong High = 0xffff_8000_0000_0000;

    public static Dictionary<string, Func<ExerciserHost, bool>> All { get; } = new()
    {
        ["M01"] = Page.IsStale,
        ["M02"] = Page.IsStale,
        ["M03"] = Page.IsStale,
        ["M04"] = new StaleCase(Va + 0x1000, new AtsRange(Va, 13)).IsStale,
        ["M05"] = new StaleCase(Va + 0x3000, new AtsRange(Va, 14)).IsStale,
        ["M06"] = new StaleCase(Va, AtsRange.Around(Va, 22)).IsStale,
        ["M07"] = new StaleCase(AtsRange.Around(Va, 34).Base + (1UL << 33), AtsRange.Around(Va, 34)).IsStale,
        ["M08"] = new StaleCase(High, AtsRange.Everything).IsStale,
        ["M09"] = host => HitsAnother(host, Operation.Read(Va, 4), Operation.Read(Va ^ (1UL << 52), 4)),
        ["M10"] = host => StaleAtPlace(host, 33),
        ["M11"] = (Page with { SizeShift = 21 }).IsStale,
        ["M12"] = new StaleCase(Va + 0x1F_F000, AtsRange.Page(Va + 0x1F_F000)) { SizeShift = 21 }.IsStale,
        ["M13"] = new StaleCase(Va + 0x10_0000, AtsRange.Page(Va + 0x10_0000)) { SizeShift = 21 }.IsStale,
        ["M14"] = host => StaleAtPlace(host, 1),
        ["M15"] = Page.IsStale,
        ["M16"] = (Page with { Slot = 4 }).IsStale,
        ["M17"] = StalePrefetch,
        ["M23"] = (Page with { Pasid = new Pasid(5) }).IsStale,
        ["M24"] = host => HitsAnother(host, Read(new Pasid(0x10005)), Read(new Pasid(5))),
        ["M25"] = host => IsNotCompleted(host, new Pasid(5)),
        ["M26"] = host => HitsAnother(host, Read(new Pasid(0)), Read(null)),
        ["M27"] = (Page with { Pasid = new Pasid(2), Named = new Pasid(1), IsGlobal = true }).IsStale,
        ["M28"] = new StaleCase(Va + 0x1000, new AtsRange(Va, 13)).IsStale,
        ["M73"] = (Page with { Pasid = new Pasid(5), Named = new Pasid(5), Range = AtsRange.Everything }).IsStale,
        ["M77"] = StaleAtThe256th,
        ["M78"] = host => StaleAtPlace(host, 60),
        ["M82"] = (Page with { Function = 1 }).IsStale,
    };

    private static Operation Read(Pasid? pasid) => Operation.Read(Va, 4) with { Pasid = pasid };

    /// <summary>Two pages that are not the same: the second access goes to the first one's frame.</summary>
    private static bool HitsAnother(ExerciserHost host, Operation first, Operation second)
    {
        host.Map(first.Address, Pa, pasid: first.Pasid);
        host.Map(second.Address, NewPa, pasid: second.Pasid);
        host.Do(0, first);
        host.Do(0, second);
        return host.Translated.Last().Address != NewPa;
    }

    /// <summary>The translation takes the place after so many others: way 0, 1, 2, 3 of index 0, then of index 1.</summary>
    private static bool StaleAtPlace(ExerciserHost host, int place)
    {
        for (var i = 1; i <= place; i++)
        {
            host.Map(Va + (0x1000 * (ulong)i), Pa);
            host.Do(0, Operation.Read(Va + (0x1000 * (ulong)i), 4));
        }

        return Page.IsStale(host);
    }

    private static bool StalePrefetch(ExerciserHost host)
    {
        host.WriteBar(0x024, 1);
        host.Map(Va, Pa);
        host.Map(Va + 0x1000, Pa + 0x1000);
        host.Do(0, Operation.Read(Va, 4));
        host.Run(200);
        host.Map(Va + 0x1000, NewPa);
        host.InvalidateAndWait(AtsRange.Page(Va + 0x1000));
        host.Do(0, Operation.Read(Va + 0x1000, 4));
        return host.Translated.Last().Address != NewPa;
    }

    private static bool IsNotCompleted(ExerciserHost host, Pasid pasid)
    {
        host.Invalidate(AtsRange.Page(Va), 1, pasid);
        host.Run(1000);
        return !host.InvalidateCompletions.Any();
    }

    private static bool StaleAtThe256th(ExerciserHost host)
    {
        for (var i = 1; i < 256; i++)
        {
            host.InvalidateAndWait(AtsRange.Page(Va), i % 32);
        }

        return Page.IsStale(host);
    }
}
