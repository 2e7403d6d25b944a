using HilBench.Pcie;

namespace HilBench.Devices.Contract;

/// <summary>
/// The least stimulus of each fault of docs/exerciser.md: the correct device passes it, the faulty one does not.
/// </summary>
public abstract class FaultContract
{
    private const ulong Va = 0x7f00_0020_0000;
    private const ulong Pa = 0x1_2340_0000;
    private const ulong NewPa = 0x8000;

    private static readonly Dictionary<string, Func<ExerciserHost, bool>> _isStale = new()
    {
        ["M01"] = host => StaleAfter(host, Va, 12, AtsRange.Page(Va), Va),
        ["M05"] = host => StaleAfter(host, Va + 0x3000, 12, new AtsRange(Va, 14), Va + 0x3000),
        ["M06"] = host => StaleAfter(host, Va, 12, AtsRange.Around(Va, 22), Va),
        ["M11"] = host => StaleAfter(host, Va, 21, AtsRange.Page(Va + 0x5000), Va + 0x5000),
        ["M12"] = host => StaleAfter(host, Va, 21, AtsRange.Page(Va + 0x1F_F000), Va + 0x1F_F000),
        ["M14"] = StaleInSecondWay,
        ["M18"] = host => StaleFill(host, 40),
        ["M19"] = host => Enumerable.Range(0, 9).Any(delay => StaleFill(host, delay)),
        ["M23"] = host => StaleAfter(host, Va, 12, AtsRange.Page(Va), Va, new Pasid(5)),
        ["M29"] = CompletionOvertakesWrites,
        ["M31"] = CompletionOvertakesRead,
        ["M32"] = StaleInLongTransfer,
    };

    public static IEnumerable<string> Faults => _isStale.Keys;

    /// <summary>Opens a fresh device with a fault (null: none), or ignores the test with a reason.</summary>
    protected abstract IDevice OpenDevice(string? fault);

    [TestCaseSource(nameof(Faults))]
    public void The_least_stimulus_of_a_fault_exposes_it_and_the_correct_device_passes(string fault)
    {
        using var correct = OpenDevice(null);
        using var faulty = OpenDevice(fault);
        if (!faulty.Description.Faults.Contains(fault))
        {
            Assert.Ignore($"the device has no fault {fault} yet");
        }

        var isCorrectStale = _isStale[fault](new ExerciserHost(correct).Enable());
        var isFaultyStale = _isStale[fault](new ExerciserHost(faulty).Enable());

        Assert.That((isCorrectStale, isFaultyStale), Is.EqualTo((false, true)));
    }

    [Test]
    public void A_device_that_is_opened_correct_knows_the_faults_of_the_page()
    {
        using var faulty = OpenDevice("M01");

        Assert.That(faulty.Description.Faults, Is.SubsetOf(DeviceFaults.All));
    }

    /// <summary>
    /// The others need blocks above 2 MiB (M06), one cycle (M19), or the time at which data comes back (M31).
    /// </summary>
    [TestCase("M01")]
    [TestCase("M05")]
    [TestCase("M11")]
    [TestCase("M12")]
    [TestCase("M14")]
    [TestCase("M18")]
    [TestCase("M23")]
    [TestCase("M29")]
    [TestCase("M32")]
    public void Random_traffic_finds_a_fault_within_its_seeds(string fault)
    {
        for (var seed = 1UL; seed <= 12; seed++)
        {
            using var faulty = OpenDevice(fault);
            if (new RandomTraffic(faulty, seed).Run(400).StaleUse is not null)
            {
                return;
            }
        }

        Assert.Fail($"{fault} was not found");
    }

    private static bool StaleAfter(
        ExerciserHost host, ulong mapped, int sizeShift, AtsRange range, ulong accessed, Pasid? pasid = null)
    {
        const ulong old = 0x4000_0000;
        host.Map(mapped, old, sizeShift, pasid);
        host.Do(0, Operation.Read(accessed, 4) with { Pasid = pasid });
        host.Unmap(mapped, sizeShift, pasid);
        host.Map(accessed, NewPa, pasid: pasid);

        host.InvalidateAndWait(range);
        host.Do(0, Operation.Read(accessed, 4) with { Pasid = pasid });

        return host.Translated.Last().Address != NewPa;
    }

    private static bool StaleInSecondWay(ExerciserHost host)
    {
        host.Map(Va + 0x1000, Pa);
        host.Do(0, Operation.Read(Va + 0x1000, 4)); // takes way 0
        return StaleAfter(host, Va, 12, AtsRange.Page(Va), Va);
    }

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

    private static bool CompletionOvertakesRead(ExerciserHost host)
    {
        host.Map(Va, Pa);
        host.HoldsReads = true;
        host.Start(0, Operation.Read(Va, 4));
        host.Run(200);
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

    private static bool UsesAfterCompletion(ExerciserHost host, ulong page)
    {
        var completion = host.Log.FindIndex(t => t.Kind == TlpKind.InvalidateCompletion);
        return host.Log.Skip(completion + 1).Any(t => t.IsTranslated && t.Address - page < 0x1000);
    }
}
