using HilBench.Pcie;
using static HilBench.Devices.Contract.Faults.StaleCase;

namespace HilBench.Devices.Contract.Faults;

/// <summary>M18 to M22, M54, M65 to M68, M79, M80: fills and lookups that meet an invalidation or a late answer.</summary>
internal static class FillStimuli
{
    public static Dictionary<string, Func<ExerciserHost, bool>> All { get; } = new()
    {
        ["M18"] = host => StaleFill(host, 40),
        ["M19"] = host => Enumerable.Range(0, 9).Any(delay => StaleFill(host, delay)),
        ["M20"] = SecondEntrySurvives,
        ["M21"] = BlockInFlightSurvives,
        ["M22"] = host => StaleFill(host, 40),
        ["M54"] = WritesWithOldPermission,
        ["M65"] = AnswerIsForAnotherPage,
        ["M66"] = LateAnswerIsStored,
        ["M67"] = ForgedAnswerIsStored,
        ["M68"] = ShortAnswerIsFilledUp,
        ["M79"] = host => Enumerable.Range(-16, 33).Any(delay => NeighbourRevives(host, delay)),
        ["M80"] = host => Enumerable.Range(0, 32).Any(delay => UseDecidedBefore(host, delay)),
    };

    private static bool StaleFill(ExerciserHost host, int delay)
    {
        host.Map(Va, Pa);
        host.HoldsTranslations = true;
        host.Held.Clear();
        host.Log.Clear();
        host.Start(0, Operation.Read(Va, 4));
        host.Run(200);
        var at = host.Device.Cycles + 10;
        host.Invalidate(AtsRange.Page(Va), 1, notBefore: at);
        host.AnswerTranslation(host.Held[0], at + (ulong)delay);
        host.Map(Va, NewPa);
        host.HoldsTranslations = false;
        host.Finish(0);
        host.Do(0, Operation.Read(Va, 4));
        var isStale = UsesAfterCompletion(host, Pa);
        host.InvalidateAndWait(AtsRange.Everything);
        return isStale;
    }

    private static bool SecondEntrySurvives(ExerciserHost host)
    {
        host.Map(Va, Pa);
        host.Map(Va + 0x1000, Pa + 0x1000);
        host.HoldsTranslations = true;
        host.Start(0, Operation.Read(Va, 4) with { TranslationsLog2 = 1 });
        host.Run(200);
        host.InvalidateAndWait(AtsRange.Page(Va + 0x1000));
        host.AnswerTranslation(host.Held[0], 0);
        host.Unmap(Va + 0x1000);
        host.HoldsTranslations = false;
        host.Finish(0);
        return host.Do(0, Operation.Read(Va + 0x1000, 4)).Error == 0;
    }

    private static bool BlockInFlightSurvives(ExerciserHost host)
    {
        host.Map(Va, 0x4000_0000, 21);
        host.HoldsTranslations = true;
        host.Start(0, Operation.Read(Va, 4));
        host.Run(200);
        host.InvalidateAndWait(AtsRange.Page(Va + 0x5000));
        host.AnswerTranslation(host.Held[0], 0);
        host.HoldsTranslations = false;
        host.Unmap(Va, 21);
        host.Map(Va, 0x9000);
        host.Map(Va + 0x5000, NewPa);
        host.Finish(0);
        host.Do(0, Operation.Read(Va + 0x5000, 4));
        return host.Translated.Last().Address != NewPa;
    }

    private static bool WritesWithOldPermission(ExerciserHost host)
    {
        host.Map(Va, Pa);
        host.Do(0, Operation.Read(Va, 4));
        host.Map(Va, Pa, flags: TranslationFlags.R);
        host.InvalidateAndWait(AtsRange.Page(Va));
        host.Do(0, Operation.Read(Va, 4));
        host.Do(0, Operation.Write(Va, 4));
        return host.Translated.Any(t => t.Kind == TlpKind.MemoryWrite);
    }

    private static bool AnswerIsForAnotherPage(ExerciserHost host)
    {
        host.Map(Va, Pa);
        host.Map(Va + 0x5000, NewPa);
        host.HoldsTranslations = true;
        host.Start(0, Operation.Read(Va, 4));
        host.Run(200);
        host.WriteBar(0x100, (uint)(Va & uint.MaxValue) + 0x5000);
        host.HoldsTranslations = false;
        host.Release();
        host.Finish(0);
        host.Do(1, Operation.Read(Va + 0x5000, 4));
        return host.Translated.Last().Address != NewPa;
    }

    private static bool LateAnswerIsStored(ExerciserHost host)
    {
        host.WriteBar(0x020, 300);
        host.Map(Va, Pa);
        host.HoldsTranslations = true;
        host.Do(0, Operation.Read(Va, 4));
        host.InvalidateAndWait(AtsRange.Page(Va));
        host.AnswerTranslation(host.Held[0], 0);
        host.HoldsTranslations = false;
        host.Run(100);
        host.Map(Va, NewPa);
        host.Do(0, Operation.Read(Va, 4));
        return host.Translated.Last().Address != NewPa;
    }

    private static bool ForgedAnswerIsStored(ExerciserHost host)
    {
        host.Do(0, Operation.Read(Va, 4));
        var payload = new byte[8];
        AtsPayload.Write(payload, Pa | 3);
        var header = new CompletionHeader(ExerciserHost.Agent, ExerciserHost.Function, 0, ByteCount: 8);
        host.Send(d => TlpWriter.WriteCompletionWithData(d, header, payload));
        host.Run(100);
        return host.Do(1, Operation.Read(Va, 4)).Error == 0;
    }

    private static bool ShortAnswerIsFilledUp(ExerciserHost host)
    {
        for (var i = 0UL; i < 4; i++)
        {
            host.Map(Va + (0x1000 * i), Pa + (0x1000 * i));
        }

        host.Map(Va + 0x10_0000, NewPa);
        host.Do(0, Operation.Read(Va, 4) with { TranslationsLog2 = 2 });
        host.Do(0, Operation.Read(Va + 0x10_0000, 4) with { TranslationsLog2 = 2 });
        return host.Do(0, Operation.Read(Va + 0x10_2000, 4)).Error == 0;
    }

    /// <summary>
    /// Fills of the same index, in the other ways, one each cycle: one of them is in the cycle after the invalidation of
    /// their neighbour.
    /// </summary>
    private static bool NeighbourRevives(ExerciserHost host, int delay)
    {
        const ulong far = Va + (1UL << 40); // no invalidation of the other overtakes it
        Restart(host);
        host.Map(Va, Pa);
        for (var page = 0UL; page < 4; page++)
        {
            host.Map(far + (page << 12), Pa + 0x8000 + (page << 12));
        }

        host.Do(0, Operation.Read(Va, 4));
        host.HoldsTranslations = true;
        host.Start(1, Operation.Read(far, 4) with { TranslationsLog2 = 2 });
        host.Run(200);
        var at = host.Device.Cycles + 30;
        host.Map(Va, NewPa);
        if (delay < 0)
        {
            host.AnswerTranslation(host.Held[0], at - (ulong)-delay);
        }

        host.Invalidate(AtsRange.Page(Va), 1, notBefore: at);
        if (delay >= 0)
        {
            host.AnswerTranslation(host.Held[0], at + (ulong)delay);
        }

        host.HoldsTranslations = false;
        host.Run(100);
        host.Do(0, Operation.Read(Va, 4));
        return host.Translated.Last().Address != NewPa;
    }

    private static bool UseDecidedBefore(ExerciserHost host, int delay)
    {
        Restart(host);
        host.Map(Va, Pa);
        host.Do(0, Operation.Read(Va, 4));
        host.Start(0, Operation.Write(Va, 4096));
        host.Invalidate(AtsRange.Page(Va), 1, notBefore: host.Device.Cycles + (ulong)delay);
        host.Map(Va, NewPa);
        host.Run(300);
        return UsesAfterCompletion(host, Pa);
    }

    private static void Restart(ExerciserHost host)
    {
        host.Device.Reset(ResetKind.Hot);
        host.Held.Clear();
        host.Log.Clear();
        host.EnableAll();
    }
}
