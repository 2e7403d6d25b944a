using HilBench.Devices.Contract;
using HilBench.Pcie;

namespace HilBench.Devices.Tests;

[TestFixture]
public sealed class ModelDeviceSizeTests
{
    private const ulong Va = 0x7f00_0020_0000;

    [TestCase(DeviceSize.Small, 8u)]
    [TestCase(DeviceSize.Standard, 64u)]
    [TestCase(DeviceSize.Large, 0u)]
    public void FEATURES_says_how_many_translations_the_ATC_keeps(DeviceSize size, uint entries)
    {
        using var device = new ModelDevice(size: size);
        var host = new ExerciserHost(device).Enable();

        Assert.That(host.ReadBar(0x008) >> 16 & 0xFF, Is.EqualTo(entries));
    }

    [TestCase(DeviceSize.Small, 8)]
    [TestCase(DeviceSize.Large, 256)]
    public void As_many_translations_are_kept_and_the_next_one_takes_the_first_place(DeviceSize size, int entries)
    {
        using var device = new ModelDevice(size: size);
        var host = new ExerciserHost(device).Enable();
        for (var i = 0UL; i <= (ulong)entries; i++)
        {
            host.Map(Va + (0x1000 * i), 0x10_0000 + (0x1000 * i));
        }

        for (var round = 0; round < 2; round++)
        {
            for (var i = 0UL; i < (ulong)entries; i++)
            {
                host.Do(0, Operation.Read(Va + (0x1000 * i), 4));
            }
        }

        var kept = host.TranslationRequests.Count();
        host.Do(0, Operation.Read(Va + (0x1000 * (ulong)entries), 4));
        host.Do(4, Operation.Read(Va + 0x1000, 4));
        var afterNext = host.TranslationRequests.Count();
        host.Do(0, Operation.Read(Va, 4));

        Assert.That((kept, afterNext, host.TranslationRequests.Count()), Is.EqualTo((entries, entries + 1, entries + 2)));
    }

    [Test]
    public void Function_1_of_the_small_device_has_no_ATS_and_answers_no_invalidation()
    {
        using var device = new ModelDevice(size: DeviceSize.Small);
        var host = new ExerciserHost(device).Enable();
        host.Invalidate(AtsRange.Page(Va), 1, function: ExerciserHost.Second);
        host.Run(1000);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(host.ReadConfiguration(0x100, ExerciserHost.Second), Is.Zero);
            Assert.That(AtsCapability.InvalidateQueueDepth(host.ReadConfiguration(0x104)), Is.EqualTo(32));
            Assert.That(host.InvalidateCompletions, Is.Empty);
        }
    }

    [TestCase(DeviceSize.Small)]
    [TestCase(DeviceSize.Large)]
    public void Random_traffic_never_meets_a_translation_that_is_gone(DeviceSize size)
    {
        for (var seed = 1UL; seed <= 4; seed++)
        {
            using var device = new ModelDevice(size: size);

            Assert.That(new RandomTraffic(device, seed).Run(1500).StaleUse, Is.Null, $"seed {seed}");
        }
    }
}
