using HilBench.Devices.Contract.Faults;

namespace HilBench.Devices.Contract;

/// <summary>
/// The least stimulus of each fault of docs/exerciser.md: the correct device passes it, the faulty one does not.
/// </summary>
public abstract class FaultContract
{
    private static readonly SortedDictionary<string, Func<ExerciserHost, bool>> _isWrong = new(
        new[] { MatchingStimuli.All, FillStimuli.All, CompletionStimuli.All, GrantStimuli.All }
            .SelectMany(all => all)
            .ToDictionary(pair => pair.Key, pair => pair.Value),
        StringComparer.Ordinal);

    public static IEnumerable<string> Faults => _isWrong.Keys;

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

        var isCorrectWrong = _isWrong[fault](new ExerciserHost(correct).EnableAll());
        var isFaultyWrong = _isWrong[fault](new ExerciserHost(faulty).EnableAll());

        Assert.That((isCorrectWrong, isFaultyWrong), Is.EqualTo((false, true)));
    }

    [Test]
    public void Every_fault_of_a_built_in_device_has_its_stimulus() => Assert.That(Faults, Is.EqualTo(DeviceFaults.All));

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
}
