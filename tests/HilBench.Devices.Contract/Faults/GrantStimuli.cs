using HilBench.Pcie;
using static HilBench.Devices.Contract.Faults.StaleCase;

namespace HilBench.Devices.Contract.Faults;

/// <summary>M53, M55 to M64, M69 to M72, M81: how translations are asked for and used, and page requests.</summary>
internal static class GrantStimuli
{
    private static readonly Pasid _pasid = new(5);

    public static Dictionary<string, Func<ExerciserHost, bool>> All { get; } = new()
    {
        ["M53"] = WritesWithReadPermission,
        ["M55"] = host => host.Do(0, Operation.Read(Va, 4)).IsDone && host.Translated.Any(),
        ["M56"] = RefusalIsRemembered,
        ["M57"] = UsesUntranslatedOnly,
        ["M58"] = UsesRefusedAnswer,
        ["M59"] = host => !ReadsAt(host, Va + 0x3000, 0x8001_3000),
        ["M60"] = BlockBeginsAtTheAskedPage,
        ["M61"] = CrossesThePageEdge,
        ["M62"] = AsksForHalfAnEntry,
        ["M63"] = TagIsUsedTwice,
        ["M64"] = TranslatedWithoutAts,
        ["M69"] = MoreThanAllocated,
        ["M70"] = host => AnswersPageRequest(host, PrgResponseCode.Success, times: 4) && host.Translated.Any(),
        ["M71"] = AsksAfterFailure,
        ["M72"] = AsksAfterStopMarker,
        ["M81"] = AsksAgainAndAgain,
    };

    private static bool WritesWithReadPermission(ExerciserHost host)
    {
        host.Map(Va, Pa, flags: TranslationFlags.R);
        host.Do(0, Operation.Read(Va, 4));
        host.Do(4, Operation.Write(Va, 4));
        return host.Translated.Any(t => t.Kind == TlpKind.MemoryWrite);
    }

    private static bool RefusalIsRemembered(ExerciserHost host)
    {
        host.Do(0, Operation.Read(Va, 4));
        host.Map(Va, Pa);
        return host.Do(0, Operation.Read(Va, 4)).Error != 0;
    }

    private static bool UsesUntranslatedOnly(ExerciserHost host)
    {
        host.Map(Va, Pa, flags: TranslationFlags.R | TranslationFlags.W | TranslationFlags.U);
        host.Do(0, Operation.Read(Va, 4));
        return host.Translated.Any();
    }

    private static bool UsesRefusedAnswer(ExerciserHost host)
    {
        host.Map(Va, Pa);
        host.Do(0, Operation.Read(Va, 4));
        host.TranslationStatus = CompletionStatus.UnsupportedRequest;
        host.Do(0, Operation.Read(Va + 0x1000, 4));
        return host.Translated.Count() > 1;
    }

    private static bool ReadsAt(ExerciserHost host, ulong address, ulong expected)
    {
        host.Map(Va, 0x8001_0000, 16);
        host.Do(0, Operation.Read(address, 4));
        return host.Translated.Last().Address == expected;
    }

    private static bool BlockBeginsAtTheAskedPage(ExerciserHost host)
    {
        host.Map(Va, 0x8001_0000, 16);
        host.Map(Va + 0x1_2000, NewPa);
        host.Do(0, Operation.Read(Va + 0x3000, 4));
        host.Do(4, Operation.Read(Va + 0x1_2000, 4));
        return host.Translated.Last().Address != NewPa;
    }

    private static bool CrossesThePageEdge(ExerciserHost host)
    {
        host.Map(Va, Pa);
        host.Map(Va + 0x1000, NewPa);
        host.Do(0, Operation.Write(Va + 0xFF0, 32));
        return host.Translated.Any(t => (int)(t.Address & 0xFFF) + (4 * t.View.LengthDw) > 0x1000);
    }

    private static bool AsksForHalfAnEntry(ExerciserHost host)
    {
        host.HoldsTranslations = true;
        host.Start(0, Operation.Read(Va, 4));
        host.Run(200);
        return host.TranslationRequests.Single().View.LengthDw != 2;
    }

    private static bool TagIsUsedTwice(ExerciserHost host)
    {
        host.HoldsTranslations = true;
        for (var slot = 0; slot < 8; slot++)
        {
            host.Start(slot, Operation.Read(Va + (0x1000 * (ulong)slot), 4));
        }

        host.Run(300);
        return host.Held.Select(t => t.View.Tag).Distinct().Count() < host.Held.Count;
    }

    private static bool TranslatedWithoutAts(ExerciserHost host)
    {
        host.WriteConfiguration(0x104, 0);
        host.Do(0, Operation.Read(Va, 4));
        return host.Translated.Any();
    }

    private static bool MoreThanAllocated(ExerciserHost host)
    {
        host.WriteConfiguration(0x12C, 1);
        for (var slot = 0; slot < 3; slot++)
        {
            host.Start(slot, Operation.Read(Va + (0x1000 * (ulong)slot), 4) with { AsksForPages = true });
        }

        host.Run(500);
        return host.PageRequests.Count() > 1;
    }

    /// <summary>Always true: answers a slot's page requests until its operation is over.</summary>
    private static bool AnswersPageRequest(ExerciserHost host, PrgResponseCode code, int times)
    {
        host.Start(0, Operation.Read(Va, 4) with { AsksForPages = true });
        for (var i = 0; i < times; i++)
        {
            var asked = host.PageRequests.Count();
            host.Run(300);
            if (host.PageRequests.Count() > asked || i == 0)
            {
                host.Respond(0, code);
            }
        }

        host.Run(300);
        return true;
    }

    private static bool AsksAfterFailure(ExerciserHost host)
    {
        AnswersPageRequest(host, PrgResponseCode.ResponseFailure, times: 1);
        host.Start(1, Operation.Read(Va + 0x1000, 4) with { AsksForPages = true });
        host.Run(500);
        return host.PageRequests.Count() > 1;
    }

    private static bool AsksAfterStopMarker(ExerciserHost host)
    {
        host.HoldsTranslations = true;
        host.Start(0, Operation.Read(Va, 4) with { AsksForPages = true, Pasid = _pasid });
        host.Run(200);
        host.WriteBar(0x028, _pasid.Value);
        host.Run(100);
        host.HoldsTranslations = false;
        host.Release();
        host.Run(300);
        var marker = host.Log.FindIndex(t => t.View.IsStopMarker);
        return host.Log.Skip(marker + 1).Any(t => t.Kind == TlpKind.PageRequest);
    }

    private static bool AsksAgainAndAgain(ExerciserHost host)
    {
        host.Map(Va, 0x8001_0000, 16);
        host.Start(0, Operation.Read(Va, 4));
        host.Run(1000);
        return host.TranslationRequests.Count() > 2;
    }
}
