namespace HilBench.Pcie.Tests;

[TestFixture]
public sealed class CapabilityWalkTests
{
    [Test]
    public void Both_lists_are_walked_to_the_capability_asked_for()
    {
        var space = Space.WithCapabilityList(first: 0x40);
        space.Set(0x40, 0x0000_5001); // power management, next 0x50
        space.Set(0x50, 0x0002_0010); // PCI Express, last
        space.Set(0x100, 0x1101_000F); // ATS, next 0x110
        space.Set(0x110, 0x0001_001B); // PASID, last

        using (Assert.EnterMultipleScope())
        {
            Assert.That(CapabilityWalk.Find(space, PciExpressCapability.Id), Is.EqualTo(Found(0x50)));
            Assert.That(CapabilityWalk.FindExtended(space, AtsCapability.Id), Is.EqualTo(Found(0x100)));
            Assert.That(CapabilityWalk.FindExtended(space, PasidCapability.Id), Is.EqualTo(Found(0x110)));
        }
    }

    [Test]
    public void A_capability_that_is_not_in_its_list_is_absent()
    {
        var space = Space.WithCapabilityList(first: 0x40);
        space.Set(0x40, 0x0002_0010);
        space.Set(0x100, 0x0001_000F);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(CapabilityWalk.Find(space, 0x05).Outcome, Is.EqualTo(CapabilityOutcome.Absent));
            Assert.That(
                CapabilityWalk.FindExtended(space, PageRequestCapability.Id).Outcome,
                Is.EqualTo(CapabilityOutcome.Absent));
        }
    }

    [Test]
    public void Without_Status_bit_4_there_is_no_list()
    {
        var space = new Space();
        space.Set(ConfigurationRegister.CapabilitiesPointer, 0x40);
        space.Set(0x40, 0x0002_0010);

        Assert.That(CapabilityWalk.Find(space, 0x10).Outcome, Is.EqualTo(CapabilityOutcome.Absent));
    }

    [TestCase(0u)]
    [TestCase(uint.MaxValue)]
    public void An_empty_extended_list_holds_nothing(uint header)
    {
        var space = new Space();
        space.Set(0x100, header);

        Assert.That(CapabilityWalk.FindExtended(space, 0xFFFF).Outcome, Is.EqualTo(CapabilityOutcome.Absent));
    }

    [Test]
    public void A_list_that_runs_in_a_circle_ends_the_walk()
    {
        var space = Space.WithCapabilityList(first: 0x40);
        space.Set(0x40, 0x0000_4401);
        space.Set(0x44, 0x0000_4002);
        space.Set(0x100, 0x1101_0001);
        space.Set(0x110, 0x1001_0002);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(CapabilityWalk.Find(space, 0x10).Outcome, Is.EqualTo(CapabilityOutcome.Circular));
            Assert.That(CapabilityWalk.FindExtended(space, 0x0F).Outcome, Is.EqualTo(CapabilityOutcome.Circular));
        }
    }

    [TestCase(0x10, 0x080)]
    [TestCase(0x42, 0x102)]
    public void A_pointer_outside_of_the_list_or_between_registers_is_bad(int pointer, int extendedPointer)
    {
        var space = Space.WithCapabilityList(pointer);
        space.Set(0x100, ((uint)extendedPointer << 20) | 0x1_0001);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                CapabilityWalk.Find(space, 0x10),
                Is.EqualTo(new CapabilitySearch(CapabilityOutcome.BadPointer, pointer)));
            Assert.That(
                CapabilityWalk.FindExtended(space, 0x0F),
                Is.EqualTo(new CapabilitySearch(CapabilityOutcome.BadPointer, extendedPointer)));
        }
    }

    [Test]
    public void A_list_that_fills_its_space_is_walked_to_its_end()
    {
        var space = Space.WithCapabilityList(first: 0x40);
        for (var offset = 0x40; offset < 0xFC; offset += 4)
        {
            space.Set(offset, ((uint)(offset + 4) << 8) | 1);
        }

        space.Set(0xFC, 0x10);

        Assert.That(CapabilityWalk.Find(space, 0x10), Is.EqualTo(Found(0xFC)));
    }

    [TestCase(0u, 32)]
    [TestCase(1u, 1)]
    [TestCase(31u, 31)]
    [TestCase(0x8000_0060u, 32)]
    public void Invalidate_Queue_Depth_0_means_32(uint register, int depth)
    {
        Assert.That(AtsCapability.InvalidateQueueDepth(register), Is.EqualTo(depth));
    }

    [Test]
    public void Payload_size_codes_stand_for_powers_of_two_from_128()
    {
        Assert.That(new[] { 0, 1, 2, 5 }.Select(PciExpressCapability.SizeBytes), Is.EqualTo([128, 256, 512, 4096]));
    }

    private static CapabilitySearch Found(int offset) => new(CapabilityOutcome.Found, offset);

    private sealed class Space : IConfigurationReader
    {
        private readonly uint[] _registers = new uint[1024];

        public static Space WithCapabilityList(int first)
        {
            var space = new Space();
            space.Set(ConfigurationRegister.CommandStatus, 1u << 20);
            space.Set(ConfigurationRegister.CapabilitiesPointer, (uint)first);
            return space;
        }

        public uint Read(int offset) => _registers[offset / 4];

        public void Set(int offset, uint value) => _registers[offset / 4] = value;
    }
}
