using HilBench.Pcie;
using static HilBench.Devices.Contract.Faults.StaleCase;

namespace HilBench.Devices.Contract.Faults;

/// <summary>M29 to M52, M74 to M76: when Invalidate Completions are sent, and what stands in them.</summary>
internal static class CompletionStimuli
{
    public static Dictionary<string, Func<ExerciserHost, bool>> All { get; } = new()
    {
        ["M29"] = CompletionOvertakesWrites,
        ["M30"] = CompletionOvertakesWrites,
        ["M31"] = CompletionOvertakesRead,
        ["M32"] = StaleInLongTransfer,
        ["M33"] = NewReadExtendsTheWait,
        ["M34"] = host => Complete(host, 1).View.CompletionCountRaw != 1,
        ["M35"] = host => Complete(host, 1).View.CompletionCountRaw != 1,
        ["M36"] = OneClassIsMissing,
        ["M37"] = host => Complete(host, 5).View.ITagVector != 1u << 5,
        ["M38"] = host => Complete(host, 19).View.ITagVector != 1u << 19,
        ["M39"] = host => Complete(host, 3) is not null && Complete(host, 4).View.ITagVector != 1u << 4,
        ["M40"] = host => Complete(host, 1).View.Destination != ExerciserHost.Agent,
        ["M41"] = host => Complete(host, 1, ExerciserHost.Second).View.Requester != ExerciserHost.Second,
        ["M42"] = host => IsAnyLost(host, AtsRange.Page(Va + 0x9000)),
        ["M43"] = host => IsAnyLost(host, AtsRange.Page(Va)),
        ["M44"] = QueueIsShort,
        ["M45"] = BeyondTheQueueIsLost,
        ["M46"] = IsNotCompleted,
        ["M47"] = NotCompletedWithoutBusMaster,
        ["M48"] = RevivesWithAts,
        ["M49"] = SurvivesFunctionLevelReset,
        ["M50"] = CompletesAfterFunctionLevelReset,
        ["M51"] = WaitsForPageResponse,
        ["M52"] = WaitsForTranslation,
        ["M74"] = IsInterleaved,
        ["M75"] = host => IsCompleted(host, d => WriteHex(d, "32000000 00080101 01000000 00000000")),
        ["M76"] = host => IsCompleted(host, d => TlpWriter.WriteInvalidateRequest(
            d, new(ExerciserHost.Agent, ExerciserHost.Function, new ITag(1), Va), new TlpOptions { IsPoisoned = true })),
    };

    private static EmittedTlp Complete(ExerciserHost host, int itag, RequesterId? function = null) =>
        host.InvalidateAndWait(AtsRange.Page(Va), itag, function: function);

    private static bool IsNotCompleted(ExerciserHost host)
    {
        host.Invalidate(AtsRange.Page(Va), 1);
        host.Run(1000);
        return !host.InvalidateCompletions.Any();
    }

    private static bool CompletionOvertakesWrites(ExerciserHost host)
    {
        host.Map(Va, Pa);
        host.Do(0, Operation.Read(Va, 4));
        host.WriteBar(0x00C, 40);
        host.Start(0, Operation.Write(Va, 1024));
        host.Run(60);
        host.Unmap(Va);
        host.InvalidateAndWait(AtsRange.Page(Va));
        host.Run(2000);
        return UsesAfterCompletion(host, Pa);
    }

    private static void HoldRead(ExerciserHost host)
    {
        host.Map(Va, Pa);
        host.HoldsReads = true;
        host.Start(0, Operation.Read(Va, 4));
        host.Run(200);
    }

    private static bool CompletionOvertakesRead(ExerciserHost host)
    {
        HoldRead(host);
        host.Invalidate(AtsRange.Page(Va), 1);
        host.Run(500);
        return host.InvalidateCompletions.Any();
    }

    private static bool StaleInLongTransfer(ExerciserHost host)
    {
        host.Map(Va, Pa);
        host.Do(0, Operation.Read(Va, 4));
        host.WriteBar(0x00C, 60); // fewer TLPs find room at once, so that some come after the invalidation
        host.Start(0, Operation.Write(Va, 4096));
        host.Start(1, Operation.Write(Va, 4096));
        host.Run(60);
        host.Map(Va, NewPa);
        host.InvalidateAndWait(AtsRange.Page(Va));
        host.Finish(0);
        host.Finish(1);
        host.Run(5000);
        return UsesAfterCompletion(host, Pa);
    }

    private static bool NewReadExtendsTheWait(ExerciserHost host)
    {
        host.Map(Va + 0x1000, NewPa);
        host.Do(1, Operation.Read(Va + 0x1000, 4));
        HoldRead(host);
        host.Invalidate(AtsRange.Page(Va), 1);
        host.Run(100);
        host.Start(1, Operation.Read(Va + 0x1000, 4));
        host.Run(200);
        host.ReleaseFirst();
        host.Run(500);
        return !host.InvalidateCompletions.Any();
    }

    private static bool OneClassIsMissing(ExerciserHost host)
    {
        host.Map(Va, Pa);
        host.Do(0, Operation.Write(Va, 4));
        host.Do(0, Operation.Write(Va, 4) with { TrafficClass = 3 });
        host.InvalidateAndWait(AtsRange.Page(Va));
        host.Run(100);
        return host.InvalidateCompletions.Count() != 2;
    }

    private static bool IsAnyLost(ExerciserHost host, AtsRange second)
    {
        HoldRead(host);
        host.Invalidate(AtsRange.Page(Va), 1);
        host.Run(50);
        host.Invalidate(second, 2);
        host.Run(100);
        host.HoldsReads = false;
        host.Release();
        host.Run(500);
        return host.InvalidateCompletions.Count() != 2;
    }

    private static bool QueueIsShort(ExerciserHost host)
    {
        const byte tag = 0xEE;
        HoldRead(host);
        for (var i = 0; i < 24; i++)
        {
            host.Invalidate(AtsRange.Page(Va), i);
        }

        host.Send(d => TlpWriter.WriteConfigurationRead(d, new(ExerciserHost.Agent, tag, ExerciserHost.Function, 0)));
        host.Run(2000);
        return !host.Log.Any(t => t.View.IsCompletion && t.View.Tag == tag);
    }

    private static bool BeyondTheQueueIsLost(ExerciserHost host)
    {
        const int count = 200; // more than both queues hold
        host.WriteBar(0x00C, 255);
        for (var i = 0; i < count; i++)
        {
            host.Invalidate(AtsRange.Page(Va), i % 32);
        }

        host.Run(count * 300);
        return host.InvalidateCompletions.Count() != count;
    }

    private static bool NotCompletedWithoutBusMaster(ExerciserHost host)
    {
        host.WriteConfiguration(ConfigurationRegister.CommandStatus, ConfigurationRegister.MemorySpaceEnable);
        return IsNotCompleted(host);
    }

    private static bool RevivesWithAts(ExerciserHost host)
    {
        host.Map(Va, Pa);
        host.Do(0, Operation.Read(Va, 4));
        host.WriteConfiguration(0x104, 0);
        host.Map(Va, NewPa);
        host.InvalidateAndWait(AtsRange.Page(Va));
        host.WriteConfiguration(0x104, AtsCapability.Enable);
        host.Do(0, Operation.Read(Va, 4));
        return host.Translated.Last().Address != NewPa;
    }

    private static bool SurvivesFunctionLevelReset(ExerciserHost host)
    {
        host.Map(Va, Pa);
        host.Do(0, Operation.Read(Va, 4));
        host.WriteConfiguration(0x48, PciExpressCapability.InitiateFunctionLevelReset);
        host.Map(Va, NewPa);
        host.Enable();
        host.Do(0, Operation.Read(Va, 4));
        return host.Translated.Last().Address != NewPa;
    }

    private static bool CompletesAfterFunctionLevelReset(ExerciserHost host)
    {
        HoldRead(host);
        host.Invalidate(AtsRange.Page(Va), 1);
        host.Run(100);
        host.WriteConfiguration(0x48, PciExpressCapability.InitiateFunctionLevelReset);
        host.Run(1000);
        return host.InvalidateCompletions.Any();
    }

    private static bool WaitsForPageResponse(ExerciserHost host)
    {
        host.Start(0, Operation.Read(Va + 0x9000, 4) with { AsksForPages = true });
        host.AwaitPageRequest();
        return IsNotCompleted(host);
    }

    private static bool WaitsForTranslation(ExerciserHost host)
    {
        host.HoldsTranslations = true;
        host.Start(0, Operation.Read(Va + (1UL << 40), 4));
        host.Run(200);
        return IsNotCompleted(host);
    }

    private static bool IsInterleaved(ExerciserHost host)
    {
        host.Map(Va, Pa);
        host.Do(0, Operation.Read(Va, 4));
        host.WriteBar(0x00C, 100);
        host.Start(0, Operation.Write(Va, 4096));
        host.Start(1, Operation.Write(Va, 4096));
        host.Run(400);
        host.Invalidate(AtsRange.Page(Va + 0x9000), 1);
        try
        {
            host.Run(12_000);
            return false;
        }
        catch (AssertionException malformed) when (malformed.Message.Contains("malformed", StringComparison.Ordinal))
        {
            return true;
        }
    }

    private static bool IsCompleted(ExerciserHost host, TlpWrite write)
    {
        host.Send(write);
        host.Run(1000);
        return host.InvalidateCompletions.Any();
    }

    private static int WriteHex(Span<byte> destination, string hex)
    {
        var bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        bytes.CopyTo(destination);
        return bytes.Length;
    }
}
