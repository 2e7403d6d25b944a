namespace HilBench.Pcie;

/// <summary>Finds capabilities as a host does: by walking the two linked lists of configuration space.</summary>
public static class CapabilityWalk
{
    private const int FirstCapability = 0x40;
    private const int LastCapability = 0xFC;
    private const int FirstExtended = 0x100;
    private const int LastExtended = 0xFFC;

    /// <summary>Finds a capability in the first 256 bytes.</summary>
    /// <param name="space">The function's configuration space.</param>
    /// <param name="id">Capability id, 8 bits.</param>
    public static CapabilitySearch Find<TReader>(TReader space, int id)
        where TReader : IConfigurationReader
    {
        const uint listBit = 1u << 20; // Status bit 4
        if ((space.Read(ConfigurationRegister.CommandStatus) & listBit) == 0)
        {
            return default;
        }

        var offset = (int)(space.Read(ConfigurationRegister.CapabilitiesPointer) & 0xFF);
        var steps = (LastCapability - FirstCapability) / 4 + 1;
        for (; offset != 0; steps--)
        {
            if (offset < FirstCapability || (offset & 3) != 0)
            {
                return new CapabilitySearch(CapabilityOutcome.BadPointer, offset);
            }

            if (steps == 0)
            {
                return new CapabilitySearch(CapabilityOutcome.Circular, offset);
            }

            var header = space.Read(offset);
            if ((header & 0xFF) == (uint)id)
            {
                return new CapabilitySearch(CapabilityOutcome.Found, offset);
            }

            offset = (int)(header >> 8) & 0xFF;
        }

        return default;
    }

    /// <summary>Finds an extended capability.</summary>
    /// <param name="space">The function's configuration space.</param>
    /// <param name="id">Extended capability id, 16 bits.</param>
    public static CapabilitySearch FindExtended<TReader>(TReader space, int id)
        where TReader : IConfigurationReader
    {
        var offset = FirstExtended;
        var steps = (LastExtended - FirstExtended) / 4 + 1;
        for (; offset != 0; steps--)
        {
            if (offset is < FirstExtended or > LastExtended || (offset & 3) != 0)
            {
                return new CapabilitySearch(CapabilityOutcome.BadPointer, offset);
            }

            if (steps == 0)
            {
                return new CapabilitySearch(CapabilityOutcome.Circular, offset);
            }

            var header = space.Read(offset);
            if (header is 0 or uint.MaxValue)
            {
                return default; // an empty list, or nobody at home
            }

            if ((header & 0xFFFF) == (uint)id)
            {
                return new CapabilitySearch(CapabilityOutcome.Found, offset);
            }

            offset = (int)(header >> 20);
        }

        return default;
    }
}
